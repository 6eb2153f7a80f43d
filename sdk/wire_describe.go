package sdk

import executorv1 "github.com/raddeploy/raddeploy/sdk/proto"

func descriptionToWire(d Description) *executorv1.DescribeResponse {
	return &executorv1.DescribeResponse{
		Name:    text(d.Name),
		Version: text(d.Version),
		Doc:     text(d.Doc),
		Config:  &executorv1.Schema{Fields: fieldsToWire(d.Config.Fields)},
		Options: &executorv1.Schema{Fields: fieldsToWire(d.Options.Fields)},
		Capabilities: &executorv1.Capabilities{
			Logs:     d.Capabilities.Logs,
			Stats:    d.Capabilities.Stats,
			Prefetch: d.Capabilities.Prefetch,
			Images:   d.Capabilities.Images,
		},
	}
}

func descriptionFromWire(d *executorv1.DescribeResponse) Description {
	return Description{
		Name:    d.GetName(),
		Version: d.GetVersion(),
		Doc:     d.GetDoc(),
		Config:  Schema{Fields: fieldsFromWire(d.GetConfig().GetFields())},
		Options: Schema{Fields: fieldsFromWire(d.GetOptions().GetFields())},
		Capabilities: Capabilities{
			Logs:     d.GetCapabilities().GetLogs(),
			Stats:    d.GetCapabilities().GetStats(),
			Prefetch: d.GetCapabilities().GetPrefetch(),
			Images:   d.GetCapabilities().GetImages(),
		},
	}
}

func fieldsToWire(fields []Field) []*executorv1.Field { return convert(fields, fieldToWire) }

func fieldToWire(f Field) *executorv1.Field {
	field := &executorv1.Field{
		Name:          text(f.Name),
		Type:          executorv1.Type(f.Type),
		Fields:        fieldsToWire(f.Fields),
		Required:      f.Required,
		Guarded:       f.Guarded,
		DefaultValue:  text(f.Default),
		AllowedValues: f.Enum,
		Doc:           text(f.Doc),
	}
	if f.Element != nil {
		field.Element = fieldToWire(*f.Element)
	}
	return field
}

func fieldsFromWire(fields []*executorv1.Field) []Field { return convert(fields, fieldFromWire) }

// fieldFromWire reads a type that this version does not know as TypeAny: the
// plugin itself checks the value.
func fieldFromWire(f *executorv1.Field) Field {
	field := Field{
		Name:     f.GetName(),
		Type:     Type(f.GetType()),
		Fields:   fieldsFromWire(f.GetFields()),
		Required: f.GetRequired(),
		Guarded:  f.GetGuarded(),
		Default:  f.GetDefaultValue(),
		Enum:     f.GetAllowedValues(),
		Doc:      f.GetDoc(),
	}
	if f.GetElement() != nil {
		element := fieldFromWire(f.GetElement())
		field.Element = &element
	}
	unknown := f.GetType() < executorv1.Type_TYPE_STRING || f.GetType() > executorv1.Type_TYPE_ANY
	if lacking := field.Element == nil && (field.Type == TypeList || field.Type == TypeMap); unknown || lacking {
		field.Type = TypeAny
	}
	return field
}
