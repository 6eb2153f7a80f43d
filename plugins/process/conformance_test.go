package process_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/raddeploy/raddeploy/plugins/process"
	"github.com/raddeploy/raddeploy/sdk/conformance"
)

// The program as the agent meets it: launched, called, killed in the midst of
// tasks, launched again.
func TestConformance(t *testing.T) {
	t.Parallel()
	newSite(t, process.Config{}) // skips where the host cannot isolate processes
	program := filepath.Join(t.TempDir(), "raddeploy-executor-process")
	if out, err := exec.Command("go", "build", "-o", program, "./cmd/raddeploy-executor-process").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	conformance.Suite{
		Program: program,
		// `env sh -c …` does what `sh -c …` does in the image.
		Config:   []byte(`{"images": {"busybox:latest": "/usr/bin/env"}, "only_images": true}`),
		Parallel: 8, // most cases wait, for their tasks
	}.Run(t)
}
