package lang

import (
	"strings"
)

// A map's keys are texts in this program, but maps of Python tell 1 from "1", and
// models ask for labels by number. Where that counts, a key of another type is
// kept with the tag that YAML has for it, such as "!!int 1". A text that begins
// like a tag has one too: "!!str !!x".
const (
	tagMark = "!!"
	tagText = "!!str "
)

// typedKey returns the key of an entry with its type.
func (d *Diagnostics) typedKey(p Pair) string {
	if p.Plain {
		switch v := d.anyScalar(&Node{Text: p.Key, Plain: true, Range: p.At}).(type) {
		case string:
			if isNull(v) {
				return "!!null null"
			}
		case bool:
			return "!!bool " + spell(v)
		case int:
			return "!!int " + spell(v)
		case float64:
			return "!!float " + spell(v)
		}
	}
	if strings.HasPrefix(p.Key, tagMark) {
		return tagText + p.Key
	}
	return p.Key
}

// identity is what two keys of one map differ in: 1 is another key than "1".
func identity(key string, plain bool) string {
	_, truth := parseBool(key)
	if plain && (truth || isNull(key) || looksLikeNumber(key)) {
		return tagMark + key
	}
	return key
}

// pairOf returns an entry with a key that [Diagnostics.Typed] has read.
func pairOf(key string, value *Node) Pair {
	if text, ok := strings.CutPrefix(key, tagText); ok {
		return Pair{Key: text, Value: value}
	}
	if strings.HasPrefix(key, tagMark) {
		if _, spelled, ok := strings.Cut(key, " "); ok {
			return Pair{Key: spelled, Plain: true, Value: value}
		}
	}
	return Pair{Key: key, Value: value}
}
