package plugin_test

import (
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/plugin"
	"github.com/raddeploy/raddeploy/sdk"
)

func TestLook(t *testing.T) {
	s, backend := spec(t)
	if err := backend.SetHealth(sdk.Unhealthy, "it has a cold"); err != nil {
		t.Fatal(err)
	}
	description, now, err := plugin.Look(t.Context(), s, nil)
	if err != nil || description.Name != "fake" || now.Health != sdk.Unhealthy || now.Message != "it has a cold" {
		t.Errorf("%s, %+v, %v", description.Name, now, err)
	}
	s.Decode = func(sdk.Schema) ([]byte, error) { return []byte(`{"dir": "x"}`), nil }
	description, _, err = plugin.Look(t.Context(), s, nil)
	if description.Name != "fake" || err == nil || !strings.Contains(err.Error(), "must be an absolute path") {
		t.Errorf("what is refused: %s, %v", description.Name, err)
	}
}

func TestInspectOfAnyPlugin(t *testing.T) {
	s, _ := spec(t)
	description, err := plugin.Inspect(t.Context(), plugin.Spec{Path: s.Path}, nil)
	if err != nil || description.Name != "fake" {
		t.Errorf("%+v, %v", description, err)
	}
}
