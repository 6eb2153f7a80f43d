package shim

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/raddeploy/raddeploy/plugins/process/internal/cgroup"
	"golang.org/x/sys/unix"
)

// host is where the host's own root is while the new one is built.
const host = "/.host"

// box is the world in which the command runs.
type box struct {
	plan     *Plan
	group    *cgroup.Group
	warnings []string
}

// build makes the root that the command sees and moves this process into it.
//
// The new root is an empty tmpfs. What the host's programs need is bound into
// it, read-only; then come the task's own mounts. All of it happens in a mount
// namespace of our own, and below a root of our own, so that no path, not even
// one through a symlink that the host has, can lead to a change of the host.
func (b *box) build(plan *Plan) error {
	b.plan = plan
	unix.Umask(0o022)
	b.limit() // while the host's /sys is in sight
	steps := []struct {
		what string
		do   func() error
	}{
		{"make a new root", b.enterRoot},
		{"make /proc", b.proc},
		{"make /dev", b.dev},
		{"make /tmp", b.folders},
		{"show the host's programs", b.showHost},
		{"hide the agent's folders", b.hide},
		{"mount", b.mounts},
		{"make the working folder", func() error { return os.MkdirAll(plan.Dir, 0o755) }},
		{"bring up the loopback interface", b.loopback},
		{"leave the host's root", leaveHost},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return nil
}

// limit makes the attempt's cgroup. A limit that cannot be had is said, and the
// task runs without.
func (b *box) limit() {
	if b.plan.Cgroup == "" {
		return
	}
	group, err := cgroup.Create(cgroup.Mount, b.plan.Cgroup, b.plan.Name, &b.plan.Limits)
	if err != nil {
		b.warnings = append(b.warnings, fmt.Sprintf("the task runs without limits: %v", err))
		return
	}
	b.group = group
}

// enterRoot makes an empty root and enters it; the host's stays at [host] for now.
func (b *box) enterRoot() error {
	// From here on no mount is seen outside.
	if err := unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
		return err
	}
	root := filepath.Join(b.plan.Scratch, "root")
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", root, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755"); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(root, host), 0o700); err != nil {
		return err
	}
	if err := unix.PivotRoot(root, filepath.Join(root, host)); err != nil {
		return fmt.Errorf("pivot_root: %w", err)
	}
	return os.Chdir("/")
}

func leaveHost() error {
	if err := unix.Unmount(host, unix.MNT_DETACH); err != nil {
		return err
	}
	return os.Remove(host)
}

// showHost binds the paths of the host that the plan names.
func (b *box) showHost() error {
	for _, path := range b.plan.Show {
		if err := b.show(path); err != nil {
			return err
		}
	}
	return nil
}

// hide covers folders with an empty one. The mounts come from them, but from
// the host's root, where they stay in sight.
func (b *box) hide() error {
	for _, path := range b.plan.Hide {
		err := unix.Mount("tmpfs", path, "tmpfs", quiet|unix.MS_NODEV, "mode=755")
		if err != nil && !errors.Is(err, unix.ENOENT) { // most are not in sight anyway
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

// show binds one path of the host, read-only, at its own place. If a mount of
// the task is to go somewhere beneath, where the host may have no folder for
// it, its entries are bound one by one into a folder of our own.
func (b *box) show(path string) error {
	info, err := os.Lstat(host + path)
	switch {
	case errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission):
		return nil // not there, or not for us
	case err != nil:
		return err
	case b.isTarget(path):
		return nil
	case info.Mode()&os.ModeSymlink != 0:
		return b.link(path)
	case info.IsDir() && b.leadsToTarget(path):
		if err := os.MkdirAll(path, 0o755); err != nil {
			return err
		}
		entries, err := os.ReadDir(host + path)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			if err := b.show(filepath.Join(path, entry.Name())); err != nil {
				return err
			}
		}
		return nil
	default:
		return bind(host+path, path, true)
	}
}

// link makes the same symlink that the host has.
func (b *box) link(path string) error {
	to, err := os.Readlink(host + path)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.Symlink(to, path); !errors.Is(err, os.ErrExist) {
		return err
	}
	return nil
}

func (b *box) isTarget(path string) bool {
	for _, m := range b.plan.Mounts {
		if m.Target == path {
			return true
		}
	}
	return false
}

func (b *box) leadsToTarget(path string) bool {
	for _, m := range b.plan.Mounts {
		if strings.HasPrefix(m.Target, path+"/") {
			return true
		}
	}
	return false
}
