package plugin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/sdk"
)

// CheckOptions checks a model's options, as a flow file has them, against the
// plugin's schema and against what the site allows, and turns them into the
// JSON that a task carries. Paths begin with "options". Before the plugin was
// launched for the first time nothing but no options can be checked, which is a
// diagnostic too: look at Description first.
func (e *Executor) CheckOptions(options map[string]any) ([]byte, sdk.Diagnostics) {
	if len(options) == 0 {
		options = map[string]any{}
	}
	data, err := json.Marshal(options)
	if err != nil {
		return nil, complaint("the options cannot be written as JSON: " + err.Error())
	}
	object, description, found := e.read(data)
	if found == nil {
		found = append(description.Options.Check(object, "options"), e.refused(description.Options.Fields, object, nil, []string{"options"})...)
	}
	if found.Failed() {
		return nil, found
	}
	return data, nil
}

// guard looks once more at what a task carries: this is the only way to the
// plugin, and no guarded word passes it that the site does not allow. The rest
// of the schema the plugin checks itself.
func (e *Executor) guard(task *sdk.Task) sdk.Diagnostics {
	var data []byte
	switch options := task.Options.(type) {
	case nil:
	case []byte:
		data = options
	case json.RawMessage:
		data = options
	default:
		return complaint(fmt.Sprintf("options of attempt %s: want JSON as []byte, not %T", task.Attempt, task.Options))
	}
	object, description, found := e.read(data)
	if found != nil {
		return found
	}
	var ports []int
	for _, port := range task.Container.Ports {
		ports = append(ports, port.Host)
	}
	for _, word := range flow.Guarded(task.Container.IPCMode, task.Container.DeviceRules, ports...) {
		found = append(found, e.refusal(word, []string{word})...)
	}
	return append(found, e.refused(description.Options.Fields, object, nil, []string{"options"})...)
}

// refusal complains of a guarded word, unless the site allows it.
func (e *Executor) refusal(word string, path []string) sdk.Diagnostics {
	if slices.Contains(e.allow(), word) {
		return nil
	}
	return sdk.Diagnostics{{
		Path:    path,
		Summary: fmt.Sprintf("%q is not allowed on executor %q at this site", word, e.instance),
		Detail:  fmt.Sprintf("remove it, or have it added to the executor's allow list: allow = [%q]", word),
	}}
}

// read returns the options with the description to check them by. No options
// need none.
func (e *Executor) read(data []byte) (map[string]any, sdk.Description, sdk.Diagnostics) {
	object := map[string]any{}
	if len(data) > 0 && string(data) != "{}" {
		decoder := json.NewDecoder(bytes.NewReader(data))
		decoder.UseNumber()
		if err := decoder.Decode(&object); err != nil {
			return nil, sdk.Description{}, complaint("the options are no JSON object: " + err.Error())
		}
	}
	description, ok := e.Description()
	if !ok && len(object) > 0 {
		return nil, description, complaint(fmt.Sprintf("the options cannot be checked before executor %q was launched", e.instance))
	}
	return object, description, nil
}

// refused finds the guarded fields in an object that the site does not allow.
// words leads to the object by fields, path also through keys and indexes.
func (e *Executor) refused(fields []sdk.Field, object map[string]any, words, path []string) sdk.Diagnostics {
	var found sdk.Diagnostics
	for _, field := range fields {
		value, given := object[field.Name]
		if !given || value == nil {
			continue
		}
		words, path := append(slices.Clip(words), field.Name), append(slices.Clip(path), field.Name)
		if field.Guarded {
			if refused := e.refusal(strings.Join(words, "."), path); refused != nil {
				found = append(found, refused...)
				continue
			}
		}
		found = append(found, e.refusedInside(field, value, words, path)...)
	}
	return found
}

func (e *Executor) refusedInside(field sdk.Field, value any, words, path []string) sdk.Diagnostics {
	var found sdk.Diagnostics
	switch value := value.(type) {
	case map[string]any:
		if field.Type == sdk.TypeObject {
			return e.refused(field.Fields, value, words, path)
		}
		if field.Element != nil {
			for key, element := range value {
				found = append(found, e.refusedInside(*field.Element, element, words, append(slices.Clip(path), key))...)
			}
		}
	case []any:
		if field.Element != nil {
			for i, element := range value {
				found = append(found, e.refusedInside(*field.Element, element, words, append(slices.Clip(path), strconv.Itoa(i)))...)
			}
		}
	}
	return found
}

func complaint(summary string) sdk.Diagnostics {
	return sdk.Diagnostics{{Path: []string{"options"}, Summary: summary}}
}
