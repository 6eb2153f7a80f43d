package main

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
	"github.com/raddeploy/raddeploy/sdk/engine/command"
)

// TestEndsThatNobodyAskedFor holds what podman's codes alone do not tell: that
// somebody killed a container, and that a restart of the host is no success.
func TestEndsThatNobodyAskedFor(t *testing.T) {
	store := newStore(t)
	for _, variable := range store.env {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	program := command.Program{Path: "podman", Args: store.config.Args, Says: says}
	p := &cli{Program: program, site: sdk.Site{WorkDir: t.TempDir()}}
	run := func(name string) {
		t.Helper()
		if err := p.Do(t.Context(), "run", "--detach", "--network=none", "--name="+name, image, "sleep", "600"); err != nil {
			t.Fatal(err)
		}
	}

	run("killed")
	if err := p.Do(t.Context(), "kill", "killed"); err != nil {
		t.Fatal(err)
	}
	end, err := p.Wait(t.Context(), engine.Container{Name: "killed"})
	if err != nil || end.Killed != syscall.SIGKILL || end.Reason != 0 {
		t.Errorf("after podman kill: %+v, %v", end, err)
	}

	run("lost")
	pids, err := p.Run(t.Context(), nil, "container", "inspect", "--format={{.State.ConmonPid}} {{.State.Pid}}", "lost")
	if err != nil {
		t.Fatal(err)
	}
	var killed []error
	for _, word := range strings.Fields(pids) {
		pid, err := strconv.Atoi(word)
		killed = append(killed, err, syscall.Kill(pid, syscall.SIGKILL))
	}
	store.unmount()
	// podman takes a folder without this file for that of an earlier boot
	if err := errors.Join(append(killed, os.Remove(filepath.Join(store.dir, "tmpdir", "alive")))...); err != nil {
		t.Fatal(err)
	}
	end, err = p.Wait(t.Context(), engine.Container{Name: "lost"})
	if err != nil || end.Reason != sdk.NodeLost {
		t.Errorf("after a restart of the host: %+v, %v", end, err)
	}

	// As podman leaves it that is killed in the middle of a start: the process may
	// have run, and is not run again.
	if err := errors.Join(p.Do(t.Context(), "create", "--network=none", "--name=begun", image, "sleep", "600"), p.Do(t.Context(), "init", "begun")); err != nil {
		t.Fatal(err)
	}
	c, err := p.Find(t.Context(), "begun")
	if err != nil || c.State != engine.Ended {
		t.Errorf("after a start that was broken off: %+v, %v", c, err)
	}
	if end, err = p.Wait(t.Context(), c); err != nil || end.Reason != sdk.NodeLost || !strings.Contains(end.Message, "may have run") {
		t.Errorf("after a start that was broken off: %+v, %v", end, err)
	}
}
