package main

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/sdk/conformance"
)

// TestConformance holds the plugin to every promise of the executor contract, on
// the real podman.
func TestConformance(t *testing.T) {
	store := newStore(t)
	store.addGPUs()
	program := filepath.Join(t.TempDir(), "raddeploy-executor-podman")
	if output, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, output)
	}
	config, err := json.Marshal(map[string]any{
		"program": store.config.Program, "args": store.config.Args, "gpus": store.config.GPUs,
	})
	if err != nil {
		t.Fatal(err)
	}
	conformance.Suite{
		Program: program,
		Env:     store.env,
		Config:  config,
		Absent:  []byte(`{"program": "/nowhere/podman"}`),
		Image:   image,
		Stall:   store.stall,
		GPUs:    `env | sed -n 's/^TEST_GPU_[0-9]*=//p'`,
		// podman begins anew with each command, which takes its time on a busy
		// machine.
		Patience: 3 * time.Minute,
	}.Run(t)
}
