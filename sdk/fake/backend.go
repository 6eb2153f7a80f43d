package fake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// Backend is the folder that holds the attempts: one folder each, with a file
// for each fact about it, written once.
type Backend struct {
	Dir    string
	broken string
	slots  int // attempts that run at once; 0: any number
}

func (b Backend) breaks(promise string) bool { return b.broken == promise }

// record is the fact that an attempt was started.
type record struct {
	Site, Instance string
	Task           sdk.Task // without its options
	Plan           Plan
	Accepted       time.Time
	Runs           int // 2 and more if the promise that it runs once is broken
}

// mark is the fact that something happened to an attempt.
type mark struct {
	At    time.Time
	Grace time.Duration
}

// Release lets an attempt that is on hold end by itself.
func (b Backend) Release(attempt sdk.AttemptID) error {
	_, err := b.write(attempt, "release", mark{At: time.Now()})
	return err
}

// SetHealth changes what executors on this folder say of their backend. They
// begin healthy. One that is not healthy does not say how many GPUs its cluster
// has.
func (b Backend) SetHealth(health sdk.Health, message string) error {
	return b.SetFingerprint(sdk.Fingerprint{Health: health, Message: message})
}

// SetFingerprint changes health, message and GPUs of what executors on this
// folder say of their backend. GPUs are those besides the configured ones.
func (b Backend) SetFingerprint(f sdk.Fingerprint) error {
	if err := os.MkdirAll(b.Dir, 0o700); err != nil {
		return err
	}
	data, err := json.Marshal(sdk.Fingerprint{Health: f.Health, Message: f.Message, GPUs: f.GPUs})
	if err != nil {
		return err
	}
	temporary := filepath.Join(b.Dir, ".health.new")
	if err := os.WriteFile(temporary, data, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, filepath.Join(b.Dir, ".health"))
}

// Stall has executors on this folder find that their backend does not answer,
// until resume is called.
func (b Backend) Stall() (resume func() error, err error) { return b.raise(".stalled") }

// Silence has executors on this folder say nothing new of their backend, and one
// that begins nothing at all, until resume is called.
func (b Backend) Silence() (resume func() error, err error) { return b.raise(".silent") }

// raise makes a file that changes what executors do, until lower is called.
func (b Backend) raise(name string) (lower func() error, err error) {
	path := filepath.Join(b.Dir, name)
	lower = func() error {
		if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if err := os.MkdirAll(b.Dir, 0o700); err != nil {
		return lower, err
	}
	return lower, os.WriteFile(path, nil, 0o600)
}

// Task returns what an attempt was started with, without its options.
func (b Backend) Task(attempt sdk.AttemptID) (sdk.Task, error) {
	found, err := b.record(attempt)
	return found.Task, err
}

// Attempts names what the folder holds, of all sites and instances, in the
// order of their ids.
func (b Backend) Attempts() ([]sdk.AttemptID, error) {
	entries, err := os.ReadDir(b.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var attempts []sdk.AttemptID
	for _, entry := range entries {
		if entry.IsDir() && !strings.HasPrefix(entry.Name(), ".") {
			attempts = append(attempts, sdk.AttemptID(entry.Name()))
		}
	}
	return attempts, err
}

func (b Backend) path(attempt sdk.AttemptID, name ...string) string {
	return filepath.Join(append([]string{b.Dir, filepath.Base(string(attempt))}, name...)...)
}

func (b Backend) record(attempt sdk.AttemptID) (found record, err error) {
	ok, err := b.read(attempt, "started", &found)
	if err == nil && !ok {
		err = sdk.Errorf(sdk.NotFound, "attempt %s is not known", attempt)
	}
	return found, err
}

// read returns false if the fact is not there.
func (b Backend) read(attempt sdk.AttemptID, name string, fact any) (bool, error) {
	data, err := os.ReadFile(b.path(attempt, name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := json.Unmarshal(data, fact); err != nil {
		return false, fmt.Errorf("read %s: %w", b.path(attempt, name), err)
	}
	return true, nil
}

// replace notes a fact that may be noted already.
func (b Backend) replace(attempt sdk.AttemptID, name string, fact any) error {
	data, err := json.Marshal(fact)
	if err != nil {
		return err
	}
	temporary := b.path(attempt, ".replaced-"+name)
	if err := os.WriteFile(temporary, data, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, b.path(attempt, name))
}

// write notes a fact, whole or not at all. Of two the first counts, and the
// second gets false.
func (b Backend) write(attempt sdk.AttemptID, name string, fact any) (bool, error) {
	data, err := json.Marshal(fact)
	if err != nil {
		return false, err
	}
	if err := os.MkdirAll(b.path(attempt), 0o700); err != nil {
		return false, err
	}
	temporary, err := os.CreateTemp(b.path(attempt), ".new-*")
	if err != nil {
		return false, err
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(data)
	if err := errors.Join(err, temporary.Close()); err != nil {
		return false, err
	}
	err = os.Link(temporary.Name(), b.path(attempt, name))
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	return err == nil, err
}
