package sdk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
)

// Decode fills the struct that pointer points to from a JSON object, as
// [SchemaOf] describes it: strictly, and with defaults for what is not given.
// Empty data counts as {}. If something is wrong the struct is left as it was,
// and each diagnostic's path starts with the words given. [Main] does it for a
// plugin's Config and Options; tests of an executor may do the same.
func Decode(data []byte, pointer any, path ...string) Diagnostics {
	schema, err := SchemaOf(pointer)
	if err != nil {
		return Diagnostics{{Path: path, Summary: err.Error()}}
	}
	object, err := decodeObject(data)
	if err != nil {
		return Diagnostics{{Path: path, Summary: err.Error()}}
	}
	if found := schema.Check(object, path...); len(found) > 0 {
		return found
	}
	if pointer != nil {
		target := reflect.ValueOf(pointer).Elem()
		filled := reflect.New(target.Type()).Elem()
		filled.Set(target)
		fillStruct(filled, schema.Fields, object)
		target.Set(filled)
	}
	return nil
}

func decodeObject(data []byte) (map[string]any, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("not JSON: something follows the value")
	}
	object, ok := value.(map[string]any)
	if !ok && value != nil {
		return nil, fmt.Errorf("must be an object, not %s", kindOf(value))
	}
	return object, nil
}

// fillStruct fills a struct from an object that was checked.
func fillStruct(target reflect.Value, fields []Field, object map[string]any) {
	for i := range target.NumField() {
		name := target.Type().Field(i).Tag.Get("raddeploy")
		field, ok := Schema{fields}.Field(name)
		if !ok {
			continue
		}
		value := object[name]
		switch {
		case value == nil && field.Default != "":
			read, _ := parseDefault(field)
			set(target.Field(i), read)
		case value == nil && field.Type == TypeObject && target.Field(i).Kind() == reflect.Struct:
			fillStruct(target.Field(i), field.Fields, nil)
		case value != nil:
			fill(target.Field(i), field, value)
		}
	}
}

func fill(target reflect.Value, field Field, value any) {
	if target.Kind() == reflect.Pointer {
		target.Set(reflect.New(target.Type().Elem()))
		target = target.Elem()
	}
	switch field.Type {
	case TypeObject:
		fillStruct(target, field.Fields, value.(map[string]any))
	case TypeList:
		list := value.([]any)
		target.Set(reflect.MakeSlice(target.Type(), len(list), len(list)))
		for i, element := range list {
			fill(target.Index(i), *field.Element, element)
		}
	case TypeMap:
		target.Set(reflect.MakeMap(target.Type()))
		for key, element := range value.(map[string]any) {
			item := reflect.New(target.Type().Elem()).Elem()
			fill(item, *field.Element, element)
			target.SetMapIndex(reflect.ValueOf(key).Convert(target.Type().Key()), item)
		}
	default:
		read, _ := scalar(field, value)
		set(target, read)
	}
}

// set stores what scalar has read.
func set(target reflect.Value, read any) {
	if target.Kind() == reflect.Pointer {
		target.Set(reflect.New(target.Type().Elem()))
		target = target.Elem()
	}
	if target.Kind() == reflect.Interface {
		read = plain(read)
	}
	if read != nil {
		target.Set(reflect.ValueOf(read).Convert(target.Type()))
	}
}

// plain turns the numbers in a value of any type into int64 and float64.
func plain(value any) any {
	switch value := value.(type) {
	case json.Number:
		if whole, err := value.Int64(); err == nil {
			return whole
		}
		number, _ := value.Float64()
		return number
	case []any:
		for i := range value {
			value[i] = plain(value[i])
		}
	case map[string]any:
		for key := range value {
			value[key] = plain(value[key])
		}
	}
	return value
}
