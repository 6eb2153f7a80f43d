package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
	"github.com/raddeploy/raddeploy/sdk/engine/command"
)

// TestInputsOfOtherUsers has tasks change the files of their inputs that are not
// root, because they or their images say so, and collects their outputs.
func TestInputsOfOtherUsers(t *testing.T) {
	store := newStore(t)
	t.Setenv("CONTAINERS_CONF", filepath.Join(store.dir, "containers.conf"))
	for _, args := range [][]string{{"create", "--name=base", image}, {"commit", "--quiet", "--change=USER 1000:1000", "base", "localhost/own-user"}} {
		if out, err := store.podman(args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	root := t.TempDir()
	executor := engine.New("podman", func(site sdk.Site) (engine.Engine, engine.Settings, error) {
		program := command.Program{Path: store.config.Program, Args: store.config.Args, Network: "none", Says: says}
		return &cli{Program: program, site: site}, engine.Settings{StopGrace: time.Second}, nil
	})
	if err := executor.Configure(t.Context(), sdk.Site{Name: "test", Instance: "podman", WorkDir: filepath.Join(root, "executor"), Roots: []string{root}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = executor.Close() })
	for id, container := range map[sdk.AttemptID]sdk.Container{
		"root": {Image: image}, "the-task-says-so": {Image: image, User: "1000:1000"}, "the-image-says-so": {Image: "localhost/own-user"},
	} {
		t.Run(string(id), func(t *testing.T) {
			dir := filepath.Join(root, string(id))
			in, out, work := filepath.Join(dir, "in"), filepath.Join(dir, "out"), filepath.Join(dir, "work")
			err := errors.Join(os.Mkdir(dir, 0o755), os.Mkdir(in, 0o755), os.Mkdir(out, 0o755), os.Mkdir(work, 0o755), os.WriteFile(filepath.Join(in, "a"), []byte("original\n"), 0o600))
			if err != nil {
				t.Fatal(err)
			}
			container.Command = []string{"sh", "-c", "echo changed >> /input/a && touch /input/new && cp /input/a /output/a"}
			container.NetworkDisabled = true
			task := &sdk.Task{Attempt: id, WorkDir: work, Container: container, Mounts: []sdk.Mount{
				{Role: sdk.Input, Name: "src", Source: in, Target: "/input"}, {Role: sdk.Output, Name: "dst", Source: out, Target: "/output"}}}
			if _, err := executor.Start(t.Context(), task); err != nil {
				t.Fatal(err)
			}
			var exit sdk.Exit
			err = executor.Watch(t.Context(), task.Attempt, func(e sdk.Event) error {
				if e.Exit != nil {
					exit = *e.Exit
				}
				return nil
			})
			if err != nil || !exit.Succeeded() {
				t.Errorf("%+v, %v", exit, err)
			}
			if got, err := os.ReadFile(filepath.Join(out, "a")); string(got) != "original\nchanged\n" {
				t.Errorf("it left %q, %v", got, err)
			}
			if got, err := os.ReadFile(filepath.Join(in, "a")); string(got) != "original\n" {
				t.Errorf("the source became %q, %v", got, err)
			}
			if err := executor.Remove(t.Context(), task.Attempt); err != nil {
				t.Error(err)
			}
		})
	}
}
