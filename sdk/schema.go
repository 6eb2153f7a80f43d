package sdk

// Schema describes the words of a plugin's site configuration or of its
// options. It is derived from a Go struct by [SchemaOf], crosses the wire, and
// lets the agent decode and check a configuration file without knowing the
// plugin.
type Schema struct {
	Fields []Field
}

// Field is one word of a schema.
type Field struct {
	Name     string
	Type     Type
	Element  *Field   // what a list or map holds; its Name is empty
	Fields   []Field  // the words of an object
	Required bool     // must be given
	Guarded  bool     // a flow may use the word only where the site allows it
	Default  string   // as a person would write it; "": none, the zero value
	Enum     []string // the values allowed; nil: any
	Doc      string   // one sentence
}

// Type is the type of a word's value.
type Type uint8

// The types, and how each is written in JSON.
const (
	TypeString   Type = iota + 1
	TypeInt           // a number without fraction, 64 bits
	TypeFloat         // a number
	TypeBool          // true or false
	TypeDuration      // a number of seconds, or a string such as "1m30s" or "90d"
	TypeSize          // a string such as "2g" or "10GiB", or a number of bytes
	TypeList          // an array of Element
	TypeMap           // an object of any keys with values of Element
	TypeObject        // an object of Fields
	TypeAny           // anything, unchecked
)

// String names the type as messages to a person do, with its article.
func (t Type) String() string {
	switch t {
	case TypeString:
		return "a string"
	case TypeInt:
		return "a whole number"
	case TypeFloat:
		return "a number"
	case TypeBool:
		return "true or false"
	case TypeDuration:
		return `a duration such as "1m30s" or a number of seconds`
	case TypeSize:
		return `a size such as "2g" or a number of bytes`
	case TypeList:
		return "a list"
	case TypeMap:
		return "a map"
	case TypeObject:
		return "an object"
	}
	return "any value"
}

// Field finds a word by its name.
func (s Schema) Field(name string) (Field, bool) {
	for _, field := range s.Fields {
		if field.Name == name {
			return field, true
		}
	}
	return Field{}, false
}
