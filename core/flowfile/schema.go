package flowfile

import (
	"encoding/json"
	"maps"

	"github.com/raddeploy/raddeploy/core/flow"
)

// SchemaAddress is where the JSON Schema of flow files is published.
const SchemaAddress = "https://raw.githubusercontent.com/raddeploy/raddeploy/main/docs/flow.schema.json"

// usualTags are those that an editor offers in triggers. Every other one is as
// good.
var usualTags = []string{
	"Modality", "SOPClassUID", "SeriesDescription", "StudyDescription", "ProtocolName", "BodyPartExamined", "SeriesNumber", "ImageType",
	"Manufacturer", "ManufacturerModelName", "StationName", "InstitutionName", "AccessionNumber", "RequestedProcedureDescription",
	"PatientID", "PatientSex", "SliceThickness", "ConvolutionKernel", "SequenceName", "SeriesInstanceUID", "StudyInstanceUID",
	flow.CallingAET, flow.CalledAET, flow.PeerAddress,
}

// Schema returns the JSON Schema (draft 7) of flows in YAML, for editors: keys,
// their types and what they mean. What it takes for wrong that is right
// elsewhere are only unknown keys, of which decoding warns, and words that a
// site allows.
func Schema() ([]byte, error) {
	t := wordTables()
	model := object(append(t.model, t.container...))
	properties := model["properties"].(schema)
	for _, old := range []struct{ name, modern string }{
		{"static_mount", "static_mounts"}, {"extra", "config"},
	} {
		properties[old.name] = deprecated(properties[old.modern].(schema), old.modern)
	}
	properties["input_dir"], properties["output_dir"] = deprecated(orNothing(scalar), "input_mounts"), deprecated(orNothing(scalar), "output_mounts")
	model["anyOf"] = []schema{
		{"required": []string{"image"}},
		{"required": []string{"docker_kwargs"}, "properties": schema{"docker_kwargs": schema{"type": "object", "required": []string{"image"}}}},
	}
	destination := object(t.destination)
	destination["anyOf"] = []schema{{"required": []string{"name"}, "maxProperties": 1}, {"required": []string{"host", "port", "ae_title"}, "properties": schema{"name": schema{"type": "null"}}}}
	root := object(t.flow)
	properties = root["properties"].(schema)
	properties["model"] = deprecated(schemaRef("model"), "models")
	properties["optional_kwargs"] = deprecated(orNothing(schema{"type": "object"}), "extra")
	properties["return_to_sender"] = deprecated(orNothing(anyOf(schema{"type": "boolean"}, portNumbers().schema)), "return_to_sender_on_ports")
	models := properties["models"].(schema)
	delete(models, "anyOf")
	models["type"], models["minItems"], models["items"] = "array", 1, schemaRef("model")
	root["anyOf"] = []schema{{"required": []string{"models"}}, {"required": []string{"model"}}}
	offered := schema{}
	for _, tag := range usualTags {
		offered[tag] = texts().schema
	}
	head := schema{
		"$schema": "http://json-schema.org/draft-07/schema#",
		"$id":     SchemaAddress,
		"title":   "A RadDeploy flow",
		"definitions": schema{
			"model":       model,
			"container":   object(t.container),
			"destination": destination,
			"complete":    object(t.complete),
			"throttle":    object(t.throttle),
			"trigger": schema{
				"type": "object", "properties": offered, "additionalProperties": texts().schema, "patternProperties": schema{"^" + ignoredPrefix: schema{}},
				"description": "Selects the objects that hold, in every tag named, every pattern. A tag is a DICOM keyword, a number such as 0008103E, or a path; ~ excludes.",
			},
		},
	}
	maps.Copy(root, head)
	text, err := json.MarshalIndent(root, "", "  ")
	return append(text, '\n'), err
}

// object is the schema of a map with these keys and no others but those that are
// ignored. What is null counts as not given.
func object(keys []key) schema {
	properties := schema{}
	for _, k := range keys {
		property := orNothing(k.schema)
		if k.doc != "" {
			property["description"] = k.doc
		}
		properties[k.name] = property
	}
	return schema{"type": "object", "additionalProperties": false, "properties": properties, "patternProperties": schema{"^" + ignoredPrefix: schema{}}}
}

// deprecated is the schema of an early spelling.
func deprecated(s schema, modern string) schema {
	return schema{"allOf": []schema{s}, "deprecated": true, "description": "An early spelling of " + modern + "."}
}
