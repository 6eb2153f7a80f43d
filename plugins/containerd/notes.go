package containerd

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// folder is where the executor keeps what belongs to an attempt and cannot be
// kept in containerd, as [engine.Folder] says: its outputs, and the notes below.
func (b *backend) folder(name string) string { return engine.Folder(b.site, name) }

// The notes of an attempt. Each is written whole before what it tells is done
// or told, so that another plugin process goes on from there.
const (
	noteConnected = "connected" // what it gets CNI's network by now, a connection
	noteStarted   = "started"   // that its process is started now, a start
	// and a stream's name: how much of its beginning is released now, an int64
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

// write makes a note of a container.
func (b *backend) write(name, note string, content any) error {
	if err := attempts.WriteNote(filepath.Join(b.folder(name), note), content); err != nil {
		return sdk.Errorf(sdk.Unavailable, "write down that %s is at its %s: %w", name, note, err)
	}
	return nil
}

// unwrite takes a note back.
func (b *backend) unwrite(name, note string) error {
	if err := attempts.DropNote(filepath.Join(b.folder(name), note)); err != nil {
		return sdk.Errorf(sdk.Unavailable, "take back that %s is at its %s: %w", name, note, err)
	}
	return nil
}

// noted reads a note of a container. One that is not there, or not whole, is
// nil.
func noted[T any](b *backend, name, note string) *T {
	return attempts.ReadNote[T](filepath.Join(b.folder(name), note))
}
