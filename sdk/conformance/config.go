package conformance

import (
	"encoding/json"
	"errors"
	"slices"

	"github.com/raddeploy/raddeploy/sdk"
)

const unknownWord = "conformance_unknown_word"

func configCases() []Case {
	const read = "go doc sdk.Plugin; go doc sdk.Error"
	return []Case{
		{
			Name: "config/unknown words are refused with a path", Required: true, Read: read, test: unknownConfig, bare: true,
			Contract: "Configure refuses a word that the schema does not have, with an error of kind InvalidArgument and a diagnostic whose path is [\"config\", WORD].",
		},
		{
			Name: "config/values of a wrong type are refused with a path", Required: true, Read: read, test: illTypedConfig, bare: true,
			Contract: "Configure refuses a value that is not of the schema's type, with an error of kind InvalidArgument and a diagnostic whose path leads to it.",
		},
		{
			Name: "config/what is required must be given", Required: true, Read: read, test: incompleteConfig, bare: true,
			Contract: "Configure refuses a configuration without a word that the schema requires, with an error of kind InvalidArgument and a diagnostic whose path begins with \"config\".",
		},
		{
			Name: "config/what is no object is refused", Required: true, Read: read, test: mangledConfig, bare: true,
			Contract: "Configure refuses what is not an object in JSON, with an error of kind InvalidArgument.",
		},
		{
			Name: "config/is taken without a backend", Required: true, Read: "go doc sdk.Executor.Configure", test: configuredWithoutBackend, bare: true,
			Contract: "Configure does not contact the backend: an absent backend is for Fingerprint to tell.",
		},
		{
			Name: "config/unknown options are refused with a path", Required: true, Read: read, test: unknownOption,
			Contract: "ValidateTask and Start refuse an option that the schema does not have, with an error of kind InvalidArgument and a diagnostic whose path is [\"options\", WORD].",
		},
	}
}

// object is the site's configuration, changed.
func (t *trial) changedConfig(change func(map[string]any)) []byte {
	object := map[string]any{}
	if len(t.run.Config) > 0 {
		t.must(json.Unmarshal(t.run.Config, &object))
	}
	change(object)
	data, err := json.Marshal(object)
	t.must(err)
	return data
}

// wantRefused configures a plugin of its own and notes if that is not refused,
// or not with this path. Nil: with any.
func (t *trial) wantRefused(h *house, config []byte, path []string) {
	ctx, cancel := t.patience()
	defer cancel()
	err := h.client.Configure(ctx, h.site, config)
	h.configured = err == nil
	t.wantComplaint("Configure with "+string(config), err, path)
}

func (t *trial) wantComplaint(what string, err error, path []string) {
	t.wantKind(what, err, sdk.InvalidArgument)
	var typed *sdk.Error
	if path == nil || !errors.As(err, &typed) || typed.Kind != sdk.InvalidArgument {
		return
	}
	if !slices.ContainsFunc(typed.Diagnostics, func(d sdk.Diagnostic) bool { return slices.Equal(d.Path, path) }) {
		t.fail("%s: none of its diagnostics %v has the path %q", what, typed.Diagnostics, path)
	}
}

func unknownConfig(t *trial) {
	t.wantRefused(t.unconfigured(), t.changedConfig(func(c map[string]any) { c[unknownWord] = true }), []string{"config", unknownWord})
}

func illTypedConfig(t *trial) {
	asked := map[sdk.Type]bool{} // one word of each type will do
	for _, field := range t.run.description.Config.Fields {
		value := wrong(field)
		if value == nil || asked[field.Type] {
			continue
		}
		asked[field.Type] = true
		t.wantRefused(t.unconfigured(), t.changedConfig(func(c map[string]any) { c[field.Name] = value }), []string{"config", field.Name})
		if len(t.findings) > 0 {
			return
		}
	}
	if len(asked) == 0 {
		t.skip("the plugin's configuration has no words that a value could be wrong for")
	}
}

// wrong is a value that a field cannot have, or nil.
func wrong(field sdk.Field) any {
	switch field.Type {
	case sdk.TypeAny:
		return nil
	case sdk.TypeString:
		if len(field.Enum) > 0 {
			return "none of " + field.Enum[0]
		}
		return 7
	case sdk.TypeList, sdk.TypeMap, sdk.TypeObject:
		return true
	}
	return "neither a number nor a truth"
}

func incompleteConfig(t *trial) {
	asked := false
	for _, field := range t.run.description.Config.Fields {
		if field.Required {
			asked = true
			t.wantRefused(t.unconfigured(), t.changedConfig(func(c map[string]any) { delete(c, field.Name) }), []string{"config"})
		}
	}
	if !asked {
		t.skip("the plugin's configuration requires no words")
	}
}

func mangledConfig(t *trial) {
	for _, config := range []string{`{"a`, `[]`} {
		t.wantRefused(t.unconfigured(), []byte(config), nil)
	}
}

func configuredWithoutBackend(t *trial) {
	h := t.withoutBackend()
	ctx, cancel := t.patience()
	defer cancel()
	err := h.client.Configure(ctx, h.site, t.run.Absent)
	if err != nil {
		t.fail("Configure for a backend that is not there: %v", err)
	}
}

// withoutBackend launches a plugin that is to be configured with a backend that
// is not there. It ends the case if the suite has no such configuration.
func (t *trial) withoutBackend() *house {
	if t.run.Absent == nil {
		t.skip("Suite.Absent is not given")
	}
	return t.unconfigured()
}

func unknownOption(t *trial) {
	a := t.attempt(Work{exit(0)})
	object := map[string]any{}
	if given, ok := a.task.Options.([]byte); ok && len(given) > 0 {
		t.must(json.Unmarshal(given, &object))
	}
	object[unknownWord] = true
	options, err := json.Marshal(object)
	t.must(err)
	a.task.Options = options
	ctx, cancel := t.patience()
	defer cancel()
	found, err := t.home.client.ValidateTask(ctx, a.task)
	if err == nil && found.Failed() {
		err = found.Err()
	}
	path := []string{"options", unknownWord}
	t.wantComplaint("ValidateTask", err, path)
	t.wantComplaint("Start", a.tryStart(), path)
}
