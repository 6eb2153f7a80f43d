package flow

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// MaxEncoded is how many bytes a flow may have as it is stored. It is stored with
// each run, and goes to executors in part.
const MaxEncoded = 1 << 20

// Encode writes a flow as JSON, so that [Decode] restores exactly the same
// value and equal flows give equal bytes. It fails only for values in Extra,
// Config or Options that no flow file can hold, such as a NaN.
func Encode(f *Flow) ([]byte, error) {
	c := *f
	var err error
	if c.Extra, err = spellMap(f.Extra); err == nil {
		c.Models = append(f.Models[:0:0], f.Models...)
		for i := range c.Models {
			m := &c.Models[i]
			if m.Config, err = spellMap(m.Config); err != nil {
				break
			}
			if m.Options, err = spellMap(m.Options); err != nil {
				break
			}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("encode flow %s: %w", f.ID(), err)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(&c); err != nil {
		return nil, fmt.Errorf("encode flow %s: %w", f.ID(), err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Decode restores a flow that [Encode] wrote.
func Decode(data []byte) (*Flow, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	d.DisallowUnknownFields()
	var f Flow
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("decode flow: %w; it may have been written by a newer version", err)
	}
	readMap(f.Extra)
	for _, m := range f.Models {
		readMap(m.Config)
		readMap(m.Options)
	}
	return &f, nil
}

// Digest returns "sha256:" and the hash of an encoded flow, by which two
// definitions of one name and version are told apart.
func Digest(encoded []byte) string {
	sum := sha256.Sum256(encoded)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// spellMap returns a copy in which every number is spelled so that its type can
// be told again: 1 is an int, 1.0 a float64.
func spellMap(m map[string]any) (map[string]any, error) {
	if m == nil {
		return nil, nil
	}
	v, err := spell(m)
	if err != nil {
		return nil, err
	}
	return v.(map[string]any), nil
}

func spell(v any) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		c := make(map[string]any, len(v))
		for k, item := range v {
			s, err := spell(item)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", k, err)
			}
			c[k] = s
		}
		return c, nil
	case []any:
		c := make([]any, len(v))
		for i, item := range v {
			s, err := spell(item)
			if err != nil {
				return nil, err
			}
			c[i] = s
		}
		return c, nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%v is no finite number", v)
		}
		s := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(s, ".e") {
			s += ".0"
		}
		return json.Number(s), nil
	case nil, bool, int, string:
		return v, nil
	}
	return nil, fmt.Errorf("a value of type %T has no place in a flow", v)
}

// readMap turns the numbers of a decoded map into int and float64, in place.
func readMap(m map[string]any) {
	for k, v := range m {
		m[k] = read(v)
	}
}

func read(v any) any {
	switch v := v.(type) {
	case map[string]any:
		readMap(v)
	case []any:
		for i, item := range v {
			v[i] = read(item)
		}
	case json.Number:
		if i, err := strconv.Atoi(v.String()); err == nil {
			return i
		}
		f, _ := v.Float64()
		return f
	}
	return v
}
