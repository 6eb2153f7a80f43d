package containerd

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// folder is where the executor keeps what belongs to an attempt and cannot be kept in containerd: its outputs, and the notes below.
func (e *Executor) folder(id sdk.AttemptID) string {
	return filepath.Join(e.site.WorkDir, containerName(id))
}

// The notes of an attempt. Each is written whole before what it tells is done or told, so that another plugin process goes on from there.
const (
	noteConnected = "connected" // that it gets CNI's network now, true
	noteStarted   = "started"   // that its process is started now, a start
	noteEnding    = "ending"    // that it was asked to end, an ending
	noteEnd       = "end"       // how it ended, an sdk.Exit
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
	text, err := json.Marshal(content)
	if err != nil {
		return err
	}
	file := filepath.Join(e.folder(id), note)
	_ = os.MkdirAll(e.folder(id), 0o700) // if somebody removed it
	if err := os.WriteFile(file+".new", text, 0o600); err != nil {
		return sdk.Errorf(sdk.Unavailable, "note of attempt %s that it is at its %s: %w", id, note, err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		return sdk.Errorf(sdk.Unavailable, "note of attempt %s that it is at its %s: %w", id, note, err)
	}
	return nil
}

// noted reads a note of an attempt. One that is not there, or not whole, is nil.
func noted[T any](e *Executor, id sdk.AttemptID, note string) *T {
	text, err := os.ReadFile(filepath.Join(e.folder(id), note))
	var content T
	if err != nil || json.Unmarshal(text, &content) != nil {
		return nil
	}
	return &content
}

// dropFolder removes all that the executor keeps of an attempt.
func (e *Executor) dropFolder(id sdk.AttemptID) error {
	if err := os.RemoveAll(e.folder(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return sdk.Errorf(sdk.Unavailable, "remove what is kept of attempt %s: %w", id, err)
	}
	return nil
}
