package main

import (
	"path/filepath"
	"testing"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/plugins/docker"
	"github.com/raddeploy/raddeploy/sdk"
)

// TestConfigsAreValid holds the annotated site files to what the agent and its plugins read.
func TestConfigsAreValid(t *testing.T) {
	schema, err := sdk.SchemaOf(&docker.Config{})
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("configs/*.hcl")
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
			if e.Plugin != "docker" {
				continue
			}
			_, diagnostics := lang.DecodeWithSchema(e.Config, schema, nil)
			for _, d := range diagnostics {
				t.Error(d.String())
			}
		}
	}
}
