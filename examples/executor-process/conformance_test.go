package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/conformance"
	"github.com/raddeploy/raddeploy/sdk/host"
)

// The program as the agent meets it: launched, called, killed in the midst of
// tasks, launched again.
func TestConformance(t *testing.T) {
	program := filepath.Join(t.TempDir(), "raddeploy-executor-process")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	skipUnlessHealthy(t, program)
	conformance.Suite{
		Program: program,
		// `env sh -c …` does what `sh -c …` does in the image.
		Config: []byte(`{"images": {"busybox:latest": "/usr/bin/env"}, "only_images": true}`),
	}.Run(t)
}

func skipUnlessHealthy(t *testing.T, program string) {
	t.Helper()
	client, err := host.Launch(t.Context(), host.Options{Path: program})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Configure(t.Context(), sdk.Site{Name: "test", Instance: "process", WorkDir: t.TempDir()}, nil); err != nil {
		t.Fatal(err)
	}
	var now sdk.Fingerprint
	_ = client.Fingerprint(t.Context(), func(f sdk.Fingerprint) error {
		now = f
		return os.ErrProcessDone // one is enough
	})
	if now.Health != sdk.Healthy && os.Getenv("CI") == "true" {
		t.Fatal(now.Message)
	}
	if now.Health != sdk.Healthy {
		t.Skip(now.Message)
	}
}
