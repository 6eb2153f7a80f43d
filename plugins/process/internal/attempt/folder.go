// Package attempt is the folder in which the truth about one attempt lives. The
// plugin and the shim of the attempt share nothing else: either may be killed
// at any moment, and whoever comes next reads here what happened.
//
//	task.json     what is to run; written by the plugin before it launches the shim
//	process.json  which process is the shim; written once, by the shim, before it
//	              does anything: the attempt is claimed
//	running.json  since when the command runs
//	stop.json     that the attempt is to end, and how gently
//	exit.json     how it ended; written once
//	stdout stderr what the command wrote
//	shim.log      what the shim itself had to complain about, empty as a rule
//
// The package only reads and writes these files: it starts and stops nothing.
package attempt

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// The files of the folder.
const (
	TaskFile    = "task.json"
	ProcessFile = "process.json"
	RunningFile = "running.json"
	StopFile    = "stop.json"
	ExitFile    = "exit.json"
	StdoutFile  = "stdout"
	StderrFile  = "stderr"
	LogFile     = "shim.log"
)

// Folder is an open attempt folder. It is held by descriptor, not by path,
// because the shim changes its root while using it.
type Folder struct{ *os.Root }

// Open opens the folder at path. The error is [fs.ErrNotExist] if there is none.
func Open(path string) (Folder, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return Folder{}, err
	}
	return Folder{root}, nil
}

// Create opens the folder at path and makes it first if need be. Others may not
// look inside: the environment of a task can hold secrets.
func Create(path string) (Folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return Folder{}, err
	}
	return Open(path)
}

// Read fills v from a file. The error is [fs.ErrNotExist] if it has not been
// written.
func (f Folder) Read(name string, v any) error {
	data, err := f.ReadFile(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// Has reports whether a file has been written.
func (f Folder) Has(name string) bool {
	_, err := f.Lstat(name)
	return err == nil
}

// Replace writes v into a file, whether there is one or not. A reader sees all
// of the old content or all of the new.
func (f Folder) Replace(name string, v any) error {
	return f.write(name, v, f.Rename)
}

// WriteOnce writes v into a file that must not exist: of all who try at once,
// one succeeds, the others get [fs.ErrExist]. The file survives a power
// failure: what it says is never unsaid.
func (f Folder) WriteOnce(name string, v any) error {
	return f.write(name, v, func(temporary, name string) error {
		file, err := f.OpenFile(temporary, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		if err := errors.Join(file.Sync(), file.Close(), f.Link(temporary, name)); err != nil {
			return err
		}
		return f.sync()
	})
}

// write writes v under a temporary name, then has it published under its own.
func (f Folder) write(name string, v any, publish func(temporary, name string) error) (err error) {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	temporary := name + "." + rand.Text()
	defer func() {
		if e := f.Remove(temporary); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}()
	if err := f.WriteFile(temporary, data, 0o600); err != nil {
		return err
	}
	return publish(temporary, name)
}

// sync makes the folder's entries survive a power failure.
func (f Folder) sync() error {
	dir, err := f.Root.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
