package lang

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// WriteJSON returns a value as JSON, its entries in their order. [ReadJSON] makes an
// equal value of it. JSON's keys are texts: one of another type is written with the
// tag that YAML has for that, such as "!!int 1".
func WriteJSON(n *Node) []byte {
	var b bytes.Buffer
	writeJSON(&b, n)
	return b.Bytes()
}

func writeJSON(b *bytes.Buffer, n *Node) {
	switch n.Kind {
	case Null:
		b.WriteString("null")
	case Scalar:
		if n.Plain {
			b.WriteString(n.Text) // as [Describe] spells it, which is as JSON does
			return
		}
		writeText(b, n.Text)
	case List:
		for i, item := range n.Items {
			b.WriteByte(begins(i, '['))
			writeJSON(b, item)
		}
		end(b, len(n.Items), "[]")
	case Map:
		for i, p := range n.Pairs {
			b.WriteByte(begins(i, '{'))
			writeText(b, new(Diagnostics).typedKey(p))
			b.WriteByte(':')
			writeJSON(b, p.Value)
		}
		end(b, len(n.Pairs), "{}")
	}
}

// begins is what stands before an item.
func begins(i int, first byte) byte {
	if i == 0 {
		return first
	}
	return ','
}

func end(b *bytes.Buffer, items int, brackets string) {
	if items > 0 {
		brackets = brackets[1:]
	}
	b.WriteString(brackets)
}

func writeText(b *bytes.Buffer, text string) {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // of a text into memory
	b.Truncate(b.Len() - 1)
}

// ReadJSON reads a value that [WriteJSON] wrote. It has no places.
func ReadJSON(text []byte) (*Node, error) {
	if !json.Valid(text) { // which also bounds how deep it is
		return nil, errors.New("not a value of JSON")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return readJSON(d)
}

func readJSON(d *json.Decoder) (*Node, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch v := token.(type) {
	case string:
		return &Node{Kind: Scalar, Text: v}, nil
	case json.Number:
		return &Node{Kind: Scalar, Plain: true, Text: v.String()}, nil
	case bool:
		return &Node{Kind: Scalar, Plain: true, Text: spell(v)}, nil
	case json.Delim:
		n := &Node{Kind: List}
		if v == '{' {
			n.Kind = Map
		}
		for d.More() {
			if err := n.readItem(d); err != nil {
				return nil, err
			}
		}
		_, err := d.Token()
		return n, err
	}
	return &Node{}, nil
}

// readItem reads the next item of a list, or entry of a map.
func (n *Node) readItem(d *json.Decoder) error {
	key := ""
	if n.Kind == Map {
		token, err := d.Token()
		if err != nil {
			return err
		}
		key = fmt.Sprint(token)
	}
	value, err := readJSON(d)
	switch {
	case errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	case err != nil:
		return err
	case n.Kind == Map:
		n.Pairs = append(n.Pairs, pairOf(key, value))
	default:
		n.Items = append(n.Items, value)
	}
	return nil
}
