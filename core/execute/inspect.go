package execute

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/raddeploy/raddeploy/core/problem"
)

// output is a folder that an attempt wrote, whose process has ended.
type output struct {
	folder string
	target string   // where it was in the container
	wrote  bool     // it holds something
	left   []string // what was left out, below the folder
}

// inspect makes of an output what others may read: folders, regular files and
// links that stay inside, which everybody on the way to them may read and nobody
// but the owner may change. What is neither, such as a FIFO or a socket, is
// removed; it is never opened.
func (o *output) inspect() error {
	return filepath.WalkDir(o.folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil {
			err = o.entry(path, entry)
		}
		return o.explain(err)
	})
}

// settle does to folders and files what inspect does, and goes on where that is
// not possible. Links stay: nobody follows them.
func (o *output) settle() error {
	var errs []error
	err := filepath.WalkDir(o.folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type() != fs.ModeSymlink {
			err = o.entry(path, entry)
		}
		errs = append(errs, err)
		return nil
	})
	return errors.Join(append(errs, err)...)
}

func (o *output) entry(path string, entry fs.DirEntry) error {
	switch kind := entry.Type(); {
	case kind.IsDir():
		o.wrote = o.wrote || path != o.folder
		return settleMode(path, entry)
	case kind.IsRegular():
		o.wrote = true
		return settleMode(path, entry)
	case kind == fs.ModeSymlink:
		o.wrote = true
		return o.link(path)
	}
	if below, err := filepath.Rel(o.folder, path); err == nil {
		o.left = append(o.left, below)
	}
	return os.Remove(path)
}

// settleMode gives a folder the mode 0755, and a file 0644, or 0755 if it can be
// run: containers run as any user, with any umask, and the next one that reads
// the output as any other. No bit is left that lets a program run as its owner.
func settleMode(path string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	mode := info.Mode() &^ fs.ModeType
	want := fs.FileMode(0o644)
	if info.IsDir() || mode&0o111 != 0 {
		want = 0o755
	}
	if mode == want {
		return nil
	}
	err = os.Chmod(path, want)
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	// It belongs to another user, and this one is not root.
	access := uint32(unix.R_OK)
	if info.IsDir() {
		access |= unix.X_OK
	}
	if mode&(fs.ModeSetuid|fs.ModeSetgid) != 0 || unix.Access(path, access) != nil {
		return err
	}
	return nil // harmless behind the data folder's own mode
}

// explain says what was wrong with the output, and what to do about files of
// other users.
func (o *output) explain(err error) error {
	var refused *problem.Error
	switch {
	case err == nil || errors.As(err, &refused):
		return err
	case errors.Is(err, fs.ErrPermission) && os.Geteuid() != 0:
		return &problem.Error{
			Cause:  fmt.Errorf("holds what belongs to another user, and the agent, which is not root, may not read it or make it safe: %w", err),
			Advice: `run the agent as root, have the model run as the agent's user, or let the executor copy (config { mounts = "copy" })`,
		}
	}
	return fmt.Errorf("cannot be read: %w", err)
}
