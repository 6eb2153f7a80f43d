package sdk

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// SchemaOf derives the schema of a struct, given a pointer to it, from its
// fields' types and tags. Every exported field is one word and needs a tag
// `raddeploy:"NAME"`, or `raddeploy:"-"` to be left out. Further tags:
//
//	default:"TEXT"     the value when the word is not given: scalars only
//	enum:"A|B"         the values allowed, of a string or of the strings in a
//	                   list or map
//	required:"true"    the word must be given
//	guarded:"true"     a word of options that a flow may use only where the site's
//	                   policy allows it, such as `privileged`
//	doc:"TEXT"         one sentence for the person who writes the configuration
//
// Types: string, int, int64, float64, bool, [time.Duration], [Size], any,
// slices, maps with string keys, and structs of these; a pointer to a scalar or
// struct is nil when the word is not given. The schema of nil is empty. An
// error means a mistake in the plugin's source.
func SchemaOf(pointer any) (Schema, error) {
	if pointer == nil {
		return Schema{}, nil
	}
	t := reflect.TypeOf(pointer)
	if t.Kind() != reflect.Pointer || t.Elem().Kind() != reflect.Struct {
		return Schema{}, fmt.Errorf("schema of %s: want a pointer to a struct", t)
	}
	fields, err := fieldsOf(t.Elem(), nil)
	if err != nil {
		return Schema{}, fmt.Errorf("schema of %s: %w", t.Elem(), err)
	}
	return Schema{Fields: fields}, nil
}

// fieldsOf refuses a type that holds itself, which outer leads to.
func fieldsOf(t reflect.Type, outer []reflect.Type) ([]Field, error) {
	if slices.Contains(outer, t) {
		return nil, fmt.Errorf("%s holds itself", t)
	}
	outer = append(slices.Clip(outer), t)
	var fields []Field
	for i := range t.NumField() {
		source := t.Field(i)
		name, tagged := source.Tag.Lookup("raddeploy")
		switch {
		case !source.IsExported() && !tagged, name == "-":
			continue
		case !source.IsExported():
			return nil, fmt.Errorf("field %s has a tag but is not exported", source.Name)
		case name == "":
			return nil, fmt.Errorf(`field %s has no tag: name its word with raddeploy:"…", or leave it out with raddeploy:"-"`, source.Name)
		case slices.ContainsFunc(fields, func(f Field) bool { return f.Name == name }):
			return nil, fmt.Errorf("two fields are called %q", name)
		}
		field, err := fieldOf(source, name, outer)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", source.Name, err)
		}
		fields = append(fields, field)
	}
	return fields, nil
}

func fieldOf(source reflect.StructField, name string, outer []reflect.Type) (Field, error) {
	field, err := typeOf(source.Type, outer)
	if err != nil {
		return Field{}, err
	}
	field.Name = name
	field.Doc = source.Tag.Get("doc")
	field.Required = source.Tag.Get("required") == "true"
	field.Guarded = source.Tag.Get("guarded") == "true"
	if enum := source.Tag.Get("enum"); enum != "" {
		target := &field
		if field.Element != nil {
			target = field.Element
		}
		if target.Type != TypeString {
			return Field{}, errors.New("only strings can have an enum")
		}
		target.Enum = strings.Split(enum, "|")
	}
	if field.Default = source.Tag.Get("default"); field.Default != "" {
		if field.Required {
			return Field{}, errors.New("what is required cannot have a default")
		}
		if _, problem := parseDefault(field); problem != "" {
			return Field{}, fmt.Errorf("default %q: %s", field.Default, problem)
		}
	}
	return field, nil
}

func typeOf(t reflect.Type, outer []reflect.Type) (Field, error) {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return Field{Type: TypeDuration}, nil
	case reflect.TypeFor[Size]():
		return Field{Type: TypeSize}, nil
	}
	switch t.Kind() {
	case reflect.String:
		return Field{Type: TypeString}, nil
	case reflect.Int, reflect.Int64:
		return Field{Type: TypeInt}, nil
	case reflect.Float64:
		return Field{Type: TypeFloat}, nil
	case reflect.Bool:
		return Field{Type: TypeBool}, nil
	case reflect.Struct:
		fields, err := fieldsOf(t, outer)
		return Field{Type: TypeObject, Fields: fields}, err
	case reflect.Slice:
		element, err := typeOf(t.Elem(), outer)
		return Field{Type: TypeList, Element: &element}, err
	case reflect.Map:
		if t.Key().Kind() != reflect.String {
			return Field{}, fmt.Errorf("the keys of %s are no strings", t)
		}
		element, err := typeOf(t.Elem(), outer)
		return Field{Type: TypeMap, Element: &element}, err
	case reflect.Pointer:
		if t.Elem().Kind() == reflect.Pointer {
			break
		}
		return typeOf(t.Elem(), outer)
	case reflect.Interface:
		if t.NumMethod() == 0 {
			return Field{Type: TypeAny}, nil
		}
	}
	return Field{}, fmt.Errorf("a word cannot be of type %s", t)
}
