package configs_test

import (
	"path/filepath"
	"testing"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/plugins/containerd"
	"github.com/raddeploy/raddeploy/plugins/docker"
	"github.com/raddeploy/raddeploy/plugins/slurm"
	"github.com/raddeploy/raddeploy/sdk"
)

// TestConfigsAreValid holds the annotated site files to what the agent and its
// plugins read.
func TestConfigsAreValid(t *testing.T) {
	schemas := map[string]sdk.Schema{}
	for plugin, config := range map[string]any{"docker": &docker.Config{}, "containerd": &containerd.Config{}, "slurm": &slurm.Config{}} {
		schema, err := sdk.SchemaOf(config)
		if err != nil {
			t.Fatal(err)
		}
		schemas[plugin] = schema
	}
	files, err := filepath.Glob("*.hcl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no site files: %v", err)
	}
	for _, file := range files {
		site, diagnostics := config.Load([]string{file}, nil)
		for _, d := range diagnostics {
			t.Error(d.String())
		}
		if site == nil {
			continue
		}
		for _, e := range site.Executors {
			schema, known := schemas[e.Plugin]
			if !known {
				continue
			}
			_, diagnostics := lang.DecodeWithSchema(e.Config, schema, nil)
			for _, d := range diagnostics {
				t.Error(d.String())
			}
		}
	}
}
