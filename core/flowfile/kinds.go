package flowfile

import (
	"fmt"
	"math"
)

// kind is what a value may be: in words for people, and as a JSON Schema for
// editors.
type kind struct {
	words  string
	schema schema
}

// schema is a JSON Schema (draft 7).
type schema map[string]any

func anyOf(all ...schema) schema { return schema{"anyOf": all} }

func listOf(item schema) schema { return schema{"type": "array", "items": item} }

func mapOf(value schema) schema { return schema{"type": "object", "additionalProperties": value} }

// orNothing lets a value be null, which counts as not given.
func orNothing(s schema) schema { return anyOf(s, schema{"type": "null"}) }

func schemaRef(name string) schema { return schema{"$ref": "#/definitions/" + name} }

// scalar is text, of which numbers and booleans keep their spelling.
var scalar = schema{"type": []string{"string", "number", "boolean"}}

func aText() kind { return kind{"text", scalar} }

func aPath() kind { return kind{"path in the container", scalar} }

func aBool() kind {
	return kind{"true or false", anyOf(schema{"type": "boolean"}, schema{"enum": []string{
		"true", "false", "yes", "no", "on", "off", "True", "False", "Yes", "No", "On", "Off", "TRUE", "FALSE", "YES", "NO", "ON", "OFF",
	}})}
}

func anInt(low, high int64) kind {
	number := schema{"type": "integer", "minimum": low}
	words := fmt.Sprintf("whole number, %d or more", low)
	if high != math.MaxInt64 {
		number["maximum"] = high
		words = fmt.Sprintf("whole number from %d to %d", low, high)
	}
	return kind{words, anyOf(number, schema{"type": "string", "pattern": `^[-+]?(0|[1-9][0-9_]*|0[xX]?[0-9a-fA-F_]+)$`})}
}

func aSize() kind {
	return kind{"size: bytes, or such as 512m or 2g", anyOf(schema{"type": "integer", "minimum": 0}, schema{"type": "string", "pattern": `^[0-9][0-9.]* ?([kKmMgGtTpP][iI]?)?[bB]?$`})}
}

func aDuration() kind {
	return kind{"time: seconds, or such as 30m, 1h30m or 2d", anyOf(
		schema{"type": "number", "minimum": 0},
		schema{"type": "string", "pattern": `^([0-9.]+d?|([0-9.]+(ns|us|µs|ms|s|m|h))+)$`},
	)}
}

func aWord(words ...string) kind {
	text := words[0]
	for i, w := range words[1:] {
		if i == len(words)-2 {
			text += " or " + w
		} else {
			text += ", " + w
		}
	}
	return kind{text, schema{"enum": words}}
}

func texts() kind {
	return kind{"text, or a list of texts", anyOf(scalar, listOf(scalar))}
}

func command() kind {
	return kind{"list of words, or one text that is split as a shell splits it", texts().schema}
}

func anyMap() kind { return kind{"map of anything", schema{"type": "object"}} }

func aMap(of string) kind { return kind{"map of " + of, mapOf(orNothing(scalar))} }

func mapOrList(of string) kind {
	return kind{"map of " + of, anyOf(mapOf(orNothing(scalar)), listOf(scalar))}
}

// publishing is what decoder.publishedPorts reads.
func publishing() kind {
	port := orNothing(anInt(1, 65535).schema)
	pair := schema{"type": "array", "items": []schema{{"type": "string", "pattern": `[^0-9]`}, port}, "minItems": 1, "maxItems": 2}
	host := anyOf(port, pair, listOf(anyOf(port, pair)))
	number := `([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])`
	names := schema{"pattern": "^0*" + number + "(/(tcp|udp|sctp))?$"}
	return kind{`map of container ports such as 80 or 80/udp to host ports`, schema{"type": "object", "propertyNames": names, "additionalProperties": host}}
}

func portNumbers() kind {
	port := anInt(1, 65535).schema
	return kind{"port, or a list of ports", anyOf(port, listOf(port))}
}
