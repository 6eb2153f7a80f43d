package host_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/raddeploy/raddeploy/sdk/host"
)

// A relative path without a folder means the working directory, also where
// $PATH has a program of that name: what runs is what was verified.
func TestPathIsNotSearched(t *testing.T) {
	elsewhere, here := t.TempDir(), t.TempDir()
	const name = "raddeploy-executor-fake"
	if err := os.WriteFile(filepath.Join(elsewhere, name), []byte("#!/bin/sh\nexit 5\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(program, filepath.Join(here, name)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", elsewhere+":"+os.Getenv("PATH"))
	t.Chdir(here)
	client, err := host.Launch(t.Context(), host.Options{Path: name})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Close(); err != nil {
		t.Error(err)
	}
}
