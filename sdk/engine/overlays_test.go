package engine_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// An overlay that a runtime cannot mount has the container made again.
func TestOverlayThatCannotBeMounted(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	in := filepath.Join(folder, "in")
	if err := os.Mkdir(in, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(in, "a"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newStub().failing("start", errors.New("mount overlay: too many levels"))
	s.way = engine.Layered
	e := s.executor(t, folder)
	task := aTask()
	task.WorkDir = filepath.Join(folder, "work")
	if err := os.Mkdir(task.WorkDir, 0o755); err != nil {
		t.Fatal(err)
	}
	task.Mounts = []sdk.Mount{{Role: sdk.Input, Name: "src", Source: in, Target: "/input"}}
	if _, err := e.Start(t.Context(), task); err != nil {
		t.Fatal(err)
	}
	<-s.started
	s.mu.Lock()
	asked := s.asked
	s.mu.Unlock()
	if asked[0].Way != engine.Layered {
		t.Skip("overlays do not work here at all")
	}
	if len(asked) != 2 || asked[1].Way != engine.Copied || asked[1].Mounts[0].Upper != "" {
		t.Fatalf("%+v", asked)
	}
	if text, err := os.ReadFile(filepath.Join(asked[1].Mounts[0].Source, "a")); err != nil || string(text) != "x" {
		t.Errorf("the copy: %q, %v", text, err)
	}
	s.stop(engine.End{})
	watch(t, e)
}

// An engine that cannot be told the options of overlays has copies for a user who is
// not root: without metacopy=on the kernel lets nobody read what was opened to all.
func TestOverlaysWithoutOptions(t *testing.T) {
	t.Parallel()
	for user, want := range map[string]engine.Way{"1000": engine.Copied, "": engine.Plain} {
		folder := t.TempDir()
		s := newStub()
		s.way = engine.Plain
		e, task := s.executor(t, folder), aTask()
		task.Container.User, task.WorkDir = user, filepath.Join(folder, "work")
		for _, name := range []string{"in", "work"} {
			if err := os.Mkdir(filepath.Join(folder, name), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		task.Mounts = []sdk.Mount{{Role: sdk.Input, Name: "src", Source: filepath.Join(folder, "in"), Target: "/input"}}
		if _, err := e.Start(t.Context(), task); err != nil {
			t.Fatal(err)
		}
		<-s.started
		s.mu.Lock()
		asked := s.asked
		s.mu.Unlock()
		overlay := asked[0].Mounts[0].Upper != ""
		if len(asked) != 1 || asked[0].Way > want || overlay != (asked[0].Way == engine.Plain) || asked[0].Mounts[0].Metacopy {
			t.Errorf("user %q: %+v", user, asked)
		}
		s.stop(engine.End{})
		watch(t, e)
	}
}
