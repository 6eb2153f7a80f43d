package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/sdk"
)

// TestWhatTheAgentGetsIsValid holds the site and the flow that the demo writes
// to what the agent reads, whatever its folders are called.
func TestWhatTheAgentGetsIsValid(t *testing.T) {
	t.Chdir("../..") // the demo runs in the root
	schemaOf := func(config any) sdk.Schema {
		schema, err := sdk.SchemaOf(config)
		if err != nil {
			t.Fatal(err)
		}
		return schema
	}
	images := schemaOf(&struct {
		Images map[string]string `raddeploy:"images" doc:"Programs."`
	}{})
	endpoint := schemaOf(&struct {
		Endpoint string `raddeploy:"endpoint" doc:"Where the engine is."`
	}{})
	for _, test := range []struct {
		executor string
		schema   sdk.Schema
	}{{"process", images}, {"docker", endpoint}} {
		d := &demo{
			screen:   &screen{out: io.Discard},
			executor: test.executor,
			dir:      t.TempDir(),
			bin:      `/home/a "b" ${c} %{d}`,
			engine:   &engine{endpoint: "unix:///var/run/docker.sock"},
		}
		path := filepath.Join(d.dir, "site.hcl")
		if err := os.WriteFile(path, []byte(d.siteFile()), 0o644); err != nil {
			t.Fatal(err)
		}
		site, complaints := config.Load([]string{path}, nil)
		if len(complaints) > 0 {
			t.Fatalf("%s: %v", test.executor, complaints)
		}
		data, complaints := lang.DecodeWithSchema(site.Executors[0].Config, test.schema, nil)
		if len(complaints) > 0 {
			t.Errorf("%s: %v", test.executor, complaints)
		}
		var config struct{ Images map[string]string }
		if err := json.Unmarshal(data, &config); err != nil {
			t.Fatal(err)
		}
		if got := config.Images[image]; test.executor == "process" && got != d.model() {
			t.Errorf("the model's image stands for %s, want %s", got, d.model())
		}
		if err := d.writeFlow("104"); err != nil {
			t.Fatal(err)
		}
		flows, complaints := flowfile.Load(site.FlowDirs, flowfile.Options{})
		if len(complaints) > 0 || len(flows) != 1 {
			t.Fatalf("%s: %d flows: %v", test.executor, len(flows), complaints)
		}
		f := flows[0].Flow
		if f.Models[0].Container.Image != image || f.Destinations[0].Port != 104 {
			t.Errorf("%s: the flow runs %s and sends to port %d", test.executor, f.Models[0].Container.Image, f.Destinations[0].Port)
		}
	}
}
