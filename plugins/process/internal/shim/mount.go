package shim

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/mounting"
	"golang.org/x/sys/unix"
)

// mounts makes the task's mounts, outer ones first.
func (b *box) mounts() error {
	ordered := slices.SortedFunc(slices.Values(b.plan.Mounts), func(x, y sdk.Mount) int {
		return strings.Compare(x.Target+"/", y.Target+"/")
	})
	for i, m := range ordered {
		if err := b.mount(m, filepath.Join(host, b.plan.Scratch, "mount"+strconv.Itoa(i))); err != nil {
			return fmt.Errorf("%s at %s: %w", m.Name, m.Target, err)
		}
	}
	return nil
}

// mount makes one mount. The folder own, which is not there yet, is for what
// belongs to it alone.
func (b *box) mount(m sdk.Mount, own string) error {
	source := host + m.Source
	switch m.Role {
	case sdk.Static:
		return bind(source, m.Target, true)
	case sdk.Output:
		if err := b.give(source); err != nil {
			return err
		}
		return bind(source, m.Target, false)
	case sdk.Scratch:
		if err := os.MkdirAll(own, 0o755); err != nil {
			return err
		}
		if err := b.give(own); err != nil {
			return err
		}
		return bind(own, m.Target, false)
	case sdk.Input:
		return b.input(source, m.Target, own)
	default:
		return fmt.Errorf("unknown role %d", m.Role)
	}
}

// input puts a private, writable view of source at target: an overlay, which
// copies a file when it is first written to. Where the kernel has none for us
// here, the files are copied.
func (b *box) input(source, target, own string) error {
	upper, work := filepath.Join(own, "upper"), filepath.Join(own, "work")
	if err := errors.Join(os.MkdirAll(upper, 0o755), os.MkdirAll(work, 0o755), os.MkdirAll(target, 0o755)); err != nil {
		return err
	}
	if !b.plan.CopyInputs {
		options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", escape(source), escape(upper), escape(work))
		if users, err := mappedUsers(); err == nil && users < allUsers {
			// who is root only here may not write overlayfs's usual attributes
			options += ",userxattr"
		} else if b.another() && mounting.Writable(source, upper) == nil {
			options += ",metacopy=on"
		}
		if err := unix.Mount("overlay", target, "overlay", 0, options); err == nil {
			return b.give(target)
		} else {
			b.warnings = append(b.warnings, fmt.Sprintf("inputs are copied, since an overlay is not possible here: %v", err))
		}
	}
	// Within the kernel, and without a copy of the data where the file system
	// can share it.
	copied := filepath.Join(own, "copy")
	err := mounting.OpenFolder(copied)
	if err == nil {
		err = mounting.Copy(context.Background(), source, copied)
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		// folders may be named by what a patient is called: only say what went
		// wrong
		err = path.Err
	}
	if err != nil {
		return fmt.Errorf("copy the input: %w", err)
	}
	return bind(copied, target, false)
}

// give makes a folder the user's as whom the command runs, if that is not us.
func (b *box) give(folder string) error {
	if !b.another() {
		return nil
	}
	return os.Chown(folder, b.plan.UID, b.plan.GID)
}

// another reports whether the command runs as another user than this program.
func (b *box) another() bool {
	return !b.plan.Unprivileged && (b.plan.UID != 0 || b.plan.GID != 0)
}

// bind shows a folder or file at another path as well.
func bind(source, target string, readOnly bool) error {
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	if info.IsDir() {
		err = os.MkdirAll(target, 0o755)
	} else {
		err = touch(target)
	}
	if err != nil {
		return err
	}
	if err := unix.Mount(source, target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return &fs.PathError{Op: "bind", Path: strings.TrimPrefix(source, host), Err: err}
	}
	if !readOnly {
		return nil
	}
	attr := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	if err := unix.MountSetattr(unix.AT_FDCWD, target, unix.AT_RECURSIVE, &attr); err != nil {
		return &fs.PathError{Op: "make read-only", Path: target, Err: err}
	}
	return nil
}

// touch makes an empty file for another to be bound over. What is there
// already, it does not need to be able to open.
func touch(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// escape writes a path as overlayfs's options want it.
func escape(path string) string {
	return strings.NewReplacer(`\`, `\\`, `,`, `\,`, `:`, `\:`).Replace(path)
}
