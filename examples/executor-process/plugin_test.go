package main_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/host"
)

// The program as the agent meets it: launched, killed in the midst of a task, launched again.
func TestPluginProcess(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "raddeploy-executor-process")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	work, output := filepath.Join(dir, "data", "work"), filepath.Join(dir, "data", "dst")
	for _, path := range []string{work, output} {
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	launch := func() *host.Client {
		client, err := host.Launch(t.Context(), host.Options{Path: program})
		if err != nil {
			t.Fatal(err)
		}
		site := sdk.Site{Name: "test", Instance: "process", WorkDir: filepath.Join(dir, "executor"), Roots: []string{filepath.Join(dir, "data")}}
		if err := client.Configure(t.Context(), site, []byte(`{"images": {"known": "/bin/sh"}}`)); err != nil {
			t.Fatal(err)
		}
		return client
	}
	task := &sdk.Task{
		Attempt:   "a-1",
		Container: sdk.Container{Image: "known", Command: []string{"-c", "echo begun; until test -e /output/go; do sleep 0.01; done; echo over; exit 4"}},
		Mounts:    []sdk.Mount{{Role: sdk.Output, Name: "dst", Source: output, Target: "/output"}},
		WorkDir:   work,
	}

	client := launch()
	if d := client.Description(); d.Name != "process" || !d.Capabilities.Logs {
		t.Errorf("description %+v", d)
	}
	skipUnlessHealthy(t, client)
	if _, err := client.Start(t.Context(), task); err != nil {
		t.Fatal(err)
	}
	if err := client.Kill(); err != nil {
		t.Fatal(err)
	}

	client = launch()
	t.Cleanup(func() { client.Close() })
	if err := client.Recover(t.Context(), task, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(output, "go"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var exit *sdk.Exit
	err = client.Watch(t.Context(), task.Attempt, func(e sdk.Event) error {
		exit = e.Exit
		return nil
	})
	if err != nil || exit == nil || exit.Reason != sdk.Exited || exit.Code != 4 {
		t.Errorf("exit %+v, error %v", exit, err)
	}
	var log bytes.Buffer
	err = client.Logs(t.Context(), task.Attempt, sdk.LogRequest{Stream: sdk.Stdout}, func(c sdk.LogChunk) error {
		log.Write(c.Data)
		return nil
	})
	if err != nil || log.String() != "begun\nover\n" {
		t.Errorf("output %q, error %v", log.String(), err)
	}
	if err := client.Remove(t.Context(), task.Attempt); err != nil {
		t.Error(err)
	}
	if held, err := client.List(t.Context()); len(held) > 0 || err != nil {
		t.Errorf("held %v, error %v", held, err)
	}
}

func skipUnlessHealthy(t *testing.T, client *host.Client) {
	t.Helper()
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
