package command_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
	"github.com/raddeploy/raddeploy/sdk/engine/command"
)

// program makes an engine's program of a shell script.
func program(t *testing.T, script string) command.Program {
	t.Helper()
	path := filepath.Join(t.TempDir(), "engine")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return command.Program{Path: path}
}

// The agent launches a plugin without an environment. Its engine's program finds
// others and its user's settings all the same.
func TestRunInAnEmptyEnvironment(t *testing.T) {
	p := program(t, `ls / >/dev/null && echo "$HOME"`)
	for _, name := range []string{"PATH", "HOME"} {
		t.Setenv(name, "") // has it restored
		os.Unsetenv(name)
	}
	home, err := p.Run(t.Context(), nil)
	if err != nil || !filepath.IsAbs(strings.TrimSpace(home)) {
		t.Errorf("HOME is %q (%v)", home, err)
	}
	if out, err := (command.Program{Path: "echo", Args: []string{"a"}}).Run(t.Context(), nil, "b"); err != nil || out != "a b\n" {
		t.Errorf("a program without a path: %q, %v", out, err)
	}
}

func TestRunTellsErrorsApart(t *testing.T) {
	p := program(t, `case $1 in
fine) echo out; echo on the way >&2 ;;
*) echo "Error: $1" >&2; exit 125 ;;
esac`)
	p.Says = map[string]error{"no such container": command.ErrNoContainer, "no such image": engine.ErrNoImage}
	var said strings.Builder
	if out, err := p.Run(t.Context(), &said, "fine"); err != nil || out != "out\n" || said.String() != "on the way\n" {
		t.Errorf("%q, %q, %v", out, &said, err)
	}
	_, err := p.Run(t.Context(), nil, "No such container: a")
	if sdk.KindOf(err) != sdk.NotFound || !strings.Contains(err.Error(), "No such container: a") {
		t.Errorf("of a container that is not there: %v", err)
	}
	if there, err := p.HasImage(t.Context(), "a"); err == nil || there {
		t.Errorf("what the program says of an image is not known: %v, %v", there, err)
	}
	p.Says["image"] = engine.ErrNoImage // of `image inspect`, which the script repeats
	if there, err := p.HasImage(t.Context(), "a"); err != nil || there {
		t.Errorf("an image that is not there: %v, %v", there, err)
	}
	if _, err := p.Run(t.Context(), nil, "anything else"); err == nil || err.Error() != "anything else" || sdk.KindOf(err) != sdk.Unknown {
		t.Errorf("%v of kind %v", err, sdk.KindOf(err))
	}
	for _, path := range []string{"/nowhere/engine", "no-engine-of-this-name"} {
		if _, err := (command.Program{Path: path}).Run(t.Context(), nil); sdk.KindOf(err) != sdk.Unavailable || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// A command that is given up is asked to end, so that it can leave nothing half
// done, and what became of it is unknown.
func TestRunGivesUp(t *testing.T) {
	ended := filepath.Join(t.TempDir(), "ended")
	p := program(t, `trap ': >"$1"; exit 0' TERM; echo ready >&2; while :; do sleep 0.01; done`)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := p.Run(ctx, writer(func([]byte) { cancel() }), ended)
	if sdk.KindOf(err) != sdk.Unavailable {
		t.Errorf("%v of kind %v", err, sdk.KindOf(err))
	}
	if _, err := os.Stat(ended); err != nil {
		t.Errorf("the program was not asked to end: %v", err)
	}
}

type writer func([]byte)

func (w writer) Write(text []byte) (int, error) {
	w(text)
	return len(text), nil
}

// An engine that is slow is not one that is not there, nor one that has changed.
func TestLook(t *testing.T) {
	looks := new(command.Looks)
	slow, cancel := context.WithCancel(t.Context())
	cancel()
	if now := looks.Look(slow, program(t, "exec sleep 60"), "toy"); now.Health != sdk.Unhealthy || strings.Contains(now.Message, "install") {
		t.Errorf("of an engine that has not answered yet: %+v", now)
	}
	if now := looks.Look(t.Context(), command.Program{Path: "/nowhere/engine"}, "toy"); now.Health != sdk.Undetected || !strings.Contains(now.Message, "install toy") {
		t.Errorf("of an engine that is not there: %+v", now)
	}
	for _, ctx := range []context.Context{t.Context(), slow} {
		if now := looks.Look(ctx, program(t, `echo "$1"`), "toy", "1.2"); now.Health != sdk.Healthy || now.Backend != "toy 1.2" {
			t.Errorf("of an engine that works, or has worked a moment ago: %+v", now)
		}
	}
}

// A container that is removed between two commands is no reason to tell less of
// the others.
func TestLabelledWhileOneIsRemoved(t *testing.T) {
	p := program(t, `case $1 in
ps) cat "$0.ids" ;;
container) echo b >"$0.ids"; [ $# = 4 ] && echo '[{"Name": "b"}]' || { echo "no such container" >&2; exit 1; } ;;
esac`)
	p.Says = map[string]error{"no such container": command.ErrNoContainer}
	if err := os.WriteFile(p.Path+".ids", []byte("a\nb\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	type named struct{ Name string }
	found, err := command.Labelled[named](t.Context(), p, map[string]string{"x": "y"})
	if err != nil || len(found) != 1 || found[0].Name != "b" {
		t.Errorf("%v, %v", found, err)
	}
}

// A sign of life of the registry is what the program says once it has answered.
func TestPullTellsSignsOfLife(t *testing.T) {
	p := program(t, `echo "asking" >&2; [ "$3" = silent ] || { sleep 0.1; echo "copying" >&2; }`)
	for image, want := range map[string]bool{"silent": false, "a": true} {
		signs := 0
		if err := p.Pull(t.Context(), image, func(*sdk.Progress) { signs++ }, "asking"); err != nil || signs > 0 != want {
			t.Errorf("%s: %d signs, %v", image, signs, err)
		}
	}
}

func TestCreate(t *testing.T) {
	p := program(t, `echo 0123; [ "$4" != noisy ] || echo "limited" >&2; [ "$4" != none ] || { echo "no such image" >&2; exit 1; }`)
	p.Says = map[string]error{"no such image": engine.ErrNoImage}
	for image, want := range map[string]string{"quiet": "", "noisy": "limited", "none": ""} {
		var warned []string
		task := &sdk.Task{Container: sdk.Container{Image: image}}
		c, err := p.Create(t.Context(), &engine.Request{Name: "a", Task: task, Warn: func(s string) { warned = append(warned, s) }})
		if strings.Join(warned, "|") != want {
			t.Errorf("%s: warned of %q", image, warned)
		}
		if image == "none" != errors.Is(err, engine.ErrNoImage) || err == nil && (c.ID != "0123" || c.Name != "a" || c.State != engine.Created) {
			t.Errorf("%s: %+v, %v", image, c, err)
		}
	}
}
