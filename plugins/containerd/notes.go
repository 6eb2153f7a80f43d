package containerd

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
)

// folder is where the executor keeps what belongs to an attempt and cannot be
// kept in containerd: its outputs, and the notes below.
func (e *Executor) folder(id sdk.AttemptID) string {
	return filepath.Join(e.site.WorkDir, containerName(id))
}

// The notes of an attempt. Each is written whole before what it tells is done
// or told, so that another plugin process goes on from there.
const (
	noteConnected = "connected" // what it gets CNI's network by now, a connection
	noteStarted   = "started"   // that its process is started now, a start
	noteEnding    = "ending"    // that it was asked to end, an attempts.Ending
	noteEnd       = "end"       // how it ended, an sdk.Exit
	// and a stream's name: how much of its beginning is given back now, an int64
	noteTrimmed = "trimmed-"
)

// start is when a process was started, and in which life of the host.
type start struct {
	At   time.Time `json:"at"`
	Boot string    `json:"boot"`
}

// boot names this life of the host.
func boot() string {
	text, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(text))
}

// write makes a note of an attempt.
func (e *Executor) write(id sdk.AttemptID, note string, content any) error {
	if err := attempts.WriteNote(filepath.Join(e.folder(id), note), content); err != nil {
		return sdk.Errorf(sdk.Unavailable, "note of attempt %s that it is at its %s: %w", id, note, err)
	}
	return nil
}

// unwrite takes a note back.
func (e *Executor) unwrite(id sdk.AttemptID, note string) error {
	if err := attempts.DropNote(filepath.Join(e.folder(id), note)); err != nil {
		return sdk.Errorf(sdk.Unavailable, "take back the note of attempt %s that it is at its %s: %w", id, note, err)
	}
	return nil
}

// noted reads a note of an attempt. One that is not there, or not whole, is nil.
func noted[T any](e *Executor, id sdk.AttemptID, note string) *T {
	return attempts.ReadNote[T](filepath.Join(e.folder(id), note))
}

// dropFolder removes all that the executor keeps of an attempt.
func (e *Executor) dropFolder(id sdk.AttemptID) error {
	if err := os.RemoveAll(e.folder(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return sdk.Errorf(sdk.Unavailable, "remove what is kept of attempt %s: %w", id, err)
	}
	return nil
}
