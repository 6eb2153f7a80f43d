package lang

import (
	"encoding/json"
	"fmt"

	"github.com/raddeploy/raddeploy/sdk"
)

// DecodeWithSchema turns what a file says to a plugin, its configuration or a
// model's options, into the JSON object that the plugin reads, and checks it
// against the plugin's schema. A nil node is an empty object. Words that the
// schema guards are refused unless allowed says otherwise; words inside of
// objects are given to it with dots, such as "mount.host". A nil allowed allows
// all.
func DecodeWithSchema(n *Node, schema sdk.Schema, allowed func(word string) bool) ([]byte, Diagnostics) {
	if n == nil || n.Kind == Null {
		n = &Node{Kind: Map}
	}
	var d Diagnostics
	if n.Kind != Map {
		d.WrongType(n, "this", "a map")
		return nil, d
	}
	s := schemaReader{allowed: allowed, diags: &d}
	object := s.object(n, schema.Fields, "")
	d = append(d, Explain(n, schema.Check(object))...)
	if d.HasErrors() {
		d.Sort()
		return nil, d
	}
	text, err := json.Marshal(object)
	if err != nil {
		d.Errorf(n.Range, "", "%v", err)
	}
	return text, d
}

// Explain gives the complaints of a plugin their places. Their paths begin at
// the node.
func Explain(n *Node, complaints sdk.Diagnostics) Diagnostics {
	var d Diagnostics
	for _, c := range complaints {
		value, key, steps := n.Find(c.Path)
		one := Diagnostic{Severity: Error, Range: value, Summary: c.Summary, Hint: c.Detail}
		if steps < len(c.Path) || key.Source != nil && key.Start.Line != value.Start.Line {
			one.Range = key
		}
		if c.Warning {
			one.Severity = Warning
		}
		d = append(d, one)
	}
	return d
}

type schemaReader struct {
	allowed func(word string) bool
	diags   *Diagnostics
}

// object reads a map as the fields want it. Words that no field has are read as
// they are; the schema's check names them.
func (s schemaReader) object(n *Node, fields []sdk.Field, prefix string) map[string]any {
	object := map[string]any{}
	for _, p := range n.Pairs {
		field, known := sdk.Schema{Fields: fields}.Field(p.Key)
		if !known {
			object[p.Key] = s.diags.Any(p.Value)
			continue
		}
		word := prefix + p.Key
		if field.Guarded && s.allowed != nil && !s.allowed(word) && p.Value.Kind != Null {
			s.diags.Errorf(p.At, fmt.Sprintf(`remove it, or have the site allow it: allow = [%q] in its executor block`, word), "%s is not for a flow to decide", word)
		}
		before, twice := object[p.Key]
		switch list, _ := before.([]any); {
		case p.Block && field.Type == sdk.TypeList: // HCL repeats a block for a list of objects
			object[p.Key] = append(list, s.value(p.Value, *field.Element, word))
		case twice:
			s.diags.Errorf(p.At, "remove one of them", "%s is there twice", word)
		default:
			object[p.Key] = s.value(p.Value, field, word)
		}
	}
	return object
}

func (s schemaReader) value(n *Node, field sdk.Field, word string) any {
	switch {
	case n.Kind == Scalar && field.Type == sdk.TypeString:
		return n.Text // a number or a boolean without quotes is text here
	case n.Kind == Map && field.Type == sdk.TypeObject:
		return s.object(n, field.Fields, word+".")
	case n.Kind == Map && field.Type == sdk.TypeMap && field.Element != nil:
		m := map[string]any{}
		for _, p := range n.Pairs {
			m[p.Key] = s.value(p.Value, *field.Element, word)
		}
		return m
	case n.Kind == List && field.Type == sdk.TypeList && field.Element != nil:
		list := make([]any, len(n.Items))
		for i, item := range n.Items {
			list[i] = s.value(item, *field.Element, word)
		}
		return list
	}
	return s.diags.Any(n)
}
