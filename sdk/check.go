package sdk

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/sdk/suggest"
)

// Check says what is wrong with an object that was decoded from JSON: unknown
// words, missing ones, and values of the wrong type. Numbers may be of type
// [json.Number]. A null counts as a word that is not given. Each path starts
// with the words given.
func (s Schema) Check(object map[string]any, path ...string) Diagnostics {
	return checkObject(s.Fields, object, path)
}

func checkObject(fields []Field, object map[string]any, path []string) Diagnostics {
	var found Diagnostics
	known := make([]string, 0, len(fields))
	for _, field := range fields {
		known = append(known, field.Name)
	}
	for _, word := range slices.Sorted(maps.Keys(object)) {
		if !slices.Contains(known, word) {
			found = append(found, Diagnostic{Path: below(path, word), Summary: fmt.Sprintf("unknown word %q", word), Detail: suggest.Hint(word, known, whatThereIs(known))})
		}
	}
	for _, field := range fields {
		switch value := object[field.Name]; {
		case value != nil:
			found = append(found, checkValue(field, value, below(path, field.Name))...)
		case field.Required:
			found = append(found, Diagnostic{Path: path, Summary: fmt.Sprintf("%q is missing", field.Name), Detail: field.Doc})
		}
	}
	return found
}

func checkValue(field Field, value any, path []string) Diagnostics {
	switch field.Type {
	case TypeObject:
		if object, ok := value.(map[string]any); ok {
			return checkObject(field.Fields, object, path)
		}
	case TypeMap:
		if object, ok := value.(map[string]any); ok {
			var found Diagnostics
			for _, key := range slices.Sorted(maps.Keys(object)) {
				found = append(found, checkElement(field, object[key], below(path, key))...)
			}
			return found
		}
	case TypeList:
		if list, ok := value.([]any); ok {
			var found Diagnostics
			for i, element := range list {
				found = append(found, checkElement(field, element, below(path, strconv.Itoa(i)))...)
			}
			return found
		}
	default:
		if _, problem := scalar(field, value); problem != "" {
			return Diagnostics{{Path: path, Summary: fmt.Sprintf("%q %s", wordOf(path), problem)}}
		}
		return nil
	}
	return Diagnostics{{Path: path, Summary: fmt.Sprintf("%q must be %s, not %s", wordOf(path), field.Type, kindOf(value))}}
}

// whatThereIs names the words of a block.
func whatThereIs(known []string) string {
	if len(known) == 0 {
		return "this block takes no settings"
	}
	return "known words: " + strings.Join(known, ", ")
}

func checkElement(field Field, value any, path []string) Diagnostics {
	if value == nil && field.Element.Type != TypeAny {
		return Diagnostics{{Path: path, Summary: fmt.Sprintf("%q must be %s, not empty", wordOf(path), field.Element.Type)}}
	}
	return checkValue(*field.Element, value, path)
}

// scalar reads a value of a type without parts as string, int64, float64, bool,
// time.Duration or Size, or says what is wrong with it.
func scalar(field Field, value any) (read any, problem string) {
	wrong := fmt.Sprintf("must be %s, not %s", field.Type, kindOf(value))
	text, isText := value.(string)
	number, isNumber := numberOf(value)
	switch field.Type {
	case TypeAny:
		return value, ""
	case TypeString:
		switch {
		case isNumber:
			return nil, wrong + ": put quotes around it"
		case !isText:
			return nil, wrong
		case field.Enum != nil && !slices.Contains(field.Enum, text):
			return nil, fmt.Sprintf("must be one of %q, not %q", field.Enum, text)
		}
		return text, ""
	case TypeBool:
		if _, ok := value.(bool); ok {
			return value, ""
		}
	case TypeFloat:
		if isNumber {
			return number, ""
		}
	case TypeInt:
		if whole, ok := wholeOf(value); ok {
			return whole, ""
		}
		if isNumber {
			return nil, "must be a whole number of at most 64 bits"
		}
	case TypeDuration:
		if isNumber && math.Abs(number) < math.MaxInt64/float64(time.Second) {
			return time.Duration(number * float64(time.Second)), ""
		}
		if isText {
			if duration, err := ParseDuration(text); err == nil {
				return duration, ""
			}
			return nil, fmt.Sprintf(`must be a duration such as "1m30s", not %q`, text)
		}
	case TypeSize:
		if whole, ok := wholeOf(value); ok && whole >= 0 {
			return Size(whole), ""
		}
		if isText {
			size, err := ParseSize(text)
			if err != nil {
				return nil, "cannot be read: " + err.Error()
			}
			return size, ""
		}
	}
	return nil, wrong
}

// parseDefault reads a default as it stands in a tag.
func parseDefault(field Field) (read any, problem string) {
	var value any = field.Default
	switch field.Type {
	case TypeInt, TypeFloat:
		value = json.Number(field.Default)
	case TypeBool:
		switch field.Default {
		case "true", "false":
			value = field.Default == "true"
		}
	case TypeDuration, TypeSize:
		if strings.Trim(field.Default, "0123456789") == "" {
			value = json.Number(field.Default)
		}
	case TypeList, TypeMap, TypeObject, TypeAny:
		return nil, fmt.Sprintf("%s cannot have a default", field.Type)
	}
	return scalar(field, value)
}

func numberOf(value any) (float64, bool) {
	switch value := value.(type) {
	case json.Number:
		number, err := value.Float64()
		return number, err == nil
	case float64:
		return value, true
	case int:
		return float64(value), true
	case int64:
		return float64(value), true
	}
	return 0, false
}

func wholeOf(value any) (int64, bool) {
	switch value := value.(type) {
	case json.Number:
		if whole, err := value.Int64(); err == nil {
			return whole, true
		}
	case int:
		return int64(value), true
	case int64:
		return value, true
	}
	const exact = 1 << 53 // up to here a float64 holds every whole number
	number, ok := numberOf(value)
	return int64(number), ok && number == math.Trunc(number) && math.Abs(number) <= exact
}

// kindOf names what a person wrote.
func kindOf(value any) string {
	switch value.(type) {
	case nil:
		return "empty"
	case string:
		return "a string"
	case bool:
		return "true or false"
	case []any:
		return "a list"
	case map[string]any:
		return "a map"
	}
	return "a number"
}

// wordOf is what a message calls the value at a path: a list's elements by the
// list's name.
func wordOf(path []string) string {
	if len(path) == 0 {
		return ""
	}
	last := path[len(path)-1]
	if _, err := strconv.Atoi(last); err == nil && len(path) > 1 {
		return path[len(path)-2] + "[" + last + "]"
	}
	return last
}

// below never writes into the array behind path, which other diagnostics share.
func below(path []string, word string) []string {
	return append(slices.Clip(path), word)
}
