package main

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/raddeploy/raddeploy/sdk/conformance"
)

// TestConformance holds the plugin to every promise of the executor contract,
// as the agent meets it: as a program that is launched, called, killed and
// launched again. One case alone:
//
//	raddeploy plugin check -v -run 'start/is idempotent' ./raddeploy-executor-toy
func TestConformance(t *testing.T) {
	program := filepath.Join(t.TempDir(), "raddeploy-executor-toy")
	if output, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, output)
	}
	conformance.Suite{
		Program: program,
		Config:  []byte(`{}`),
		Absent:  []byte(`{"shell": "/nowhere/sh"}`), // as if the backend were not there
	}.Run(t)
}
