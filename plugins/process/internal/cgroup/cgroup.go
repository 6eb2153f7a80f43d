// Package cgroup limits what an attempt may use, where the host has a cgroup v2
// that this user may write. It needs no daemon: a cgroup is a folder, a limit
// is a file in it. All methods of a nil [Group] do nothing, so that hosts
// without one need no special case.
package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// Mount is where cgroup v2 is on every current distribution.
const Mount = "/sys/fs/cgroup"

// Prepare makes the cgroup, a path below mount, in which those of attempts are
// made, and says why that does not work here.
func Prepare(mount, group string) error {
	dir := filepath.Join(mount, group)
	if _, err := os.Stat(filepath.Join(mount, "cgroup.controllers")); err != nil {
		return fmt.Errorf("no cgroup v2: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	// A controller reaches a cgroup only if every one above passes it on. Above
	// what was delegated to this user, somebody else has seen to that: only the
	// last answer counts.
	var err error
	at := mount
	for _, step := range append([]string{"."}, strings.Split(path.Clean(group), "/")...) {
		at = filepath.Join(at, step)
		err = os.WriteFile(filepath.Join(at, "cgroup.subtree_control"), []byte("+memory +cpu +pids"), 0)
	}
	return err
}

// Group is the cgroup of one attempt.
type Group struct {
	parent *os.Root // held by descriptor: the shim loses sight of the path
	name   string
	dir    *os.File
}

// Create makes the cgroup of an attempt in a prepared one.
func Create(mount, group, name string, limits *sdk.Resources) (*Group, error) {
	parent, err := os.OpenRoot(filepath.Join(mount, group))
	if err != nil {
		return nil, err
	}
	g := &Group{parent: parent, name: name}
	if err := parent.Mkdir(name, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	for file, value := range values(limits) {
		err := g.write(file, value)
		if errors.Is(err, os.ErrNotExist) && file == "memory.swap.max" {
			continue // a kernel without swap accounting, which hosts without swap have
		}
		if err != nil {
			g.Remove()
			return nil, err
		}
	}
	g.dir, err = parent.Open(name)
	return g, err
}

// FD is the descriptor with which a process can be started in the group.
func (g *Group) FD() (use bool, fd int) {
	if g == nil {
		return false, 0
	}
	return true, int(g.dir.Fd())
}

// Used tells what the processes of the group used in all, and whether the
// kernel killed one for the memory limit.
func (g *Group) Used() (usage sdk.Usage, outOfMemory, ok bool) {
	if g == nil {
		return usage, false, false
	}
	peak, _ := g.parent.ReadFile(path.Join(g.name, "memory.peak")) // since Linux 5.19
	usage.MemoryPeak, _ = strconv.ParseInt(strings.TrimSpace(string(peak)), 10, 64)
	usage.CPU = time.Duration(g.field("cpu.stat", "usage_usec")) * time.Microsecond
	return usage, g.field("memory.events", "oom_kill") > 0, true
}

// Remove removes the group, whose processes have ended.
func (g *Group) Remove() error {
	if g == nil {
		return nil
	}
	return g.parent.Remove(g.name)
}

// Remove removes what Create made for an attempt, if it is still there.
func Remove(mount, group, name string) error {
	if group == "" {
		return nil
	}
	if err := os.Remove(filepath.Join(mount, group, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func (g *Group) write(file, value string) error {
	f, err := g.parent.OpenFile(path.Join(g.name, file), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(value)
	return errors.Join(err, f.Close())
}

// field reads one number of a file of lines such as "oom_kill 1".
func (g *Group) field(file, name string) (n int64) {
	data, _ := g.parent.ReadFile(path.Join(g.name, file))
	for line := range strings.Lines(string(data)) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			n, _ = strconv.ParseInt(strings.TrimSpace(value), 10, 64)
		}
	}
	return n
}
