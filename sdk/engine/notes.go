package engine

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
)

// The notes of an attempt. Each is written whole before what it tells is done or
// told, so that another plugin process goes on from there.
const (
	noteCopies = "copies" // what is copied before the start, a list of transfers
	noteEnding = "ending" // that it was asked to end, an attempts.Ending
	noteExit   = "exit"   // how it ended, an sdk.Exit
	noteBegan  = "began"  // when it was started by this host's clock, where the engine has another
)

// Folder is where the executor of a site keeps what belongs to an attempt and
// does not fit into the engine. An engine may keep files of its own there, of
// other names than "copies", "ending", "exit" and "began". It is made when it is needed,
// and goes away with the attempt, after Remove. Container is the name of the
// attempt's container.
func Folder(site sdk.Site, container string) string {
	return filepath.Join(site.WorkDir, container)
}

func (e *Executor) folder(id sdk.AttemptID) string { return Folder(e.site, ContainerName(id)) }

func (e *Executor) note(id sdk.AttemptID, name string) string {
	return filepath.Join(e.folder(id), name)
}

func (e *Executor) writeNote(id sdk.AttemptID, name string, content any) error {
	if err := attempts.WriteNote(e.note(id, name), content); err != nil {
		return sdk.Errorf(sdk.Unavailable, "write down the %s of attempt %s: %w", name, id, err)
	}
	return nil
}

// readNote reads a note. One that is not there, or not whole, is nil.
func readNote[T any](e *Executor, id sdk.AttemptID, name string) *T {
	return attempts.ReadNote[T](e.note(id, name))
}

func (e *Executor) dropNote(id sdk.AttemptID, name string) error {
	if err := attempts.DropNote(e.note(id, name)); err != nil {
		return sdk.Errorf(sdk.Unavailable, "forget the %s of attempt %s: %w", name, id, err)
	}
	return nil
}

// dropFolder removes all that the executor keeps of an attempt.
func (e *Executor) dropFolder(id sdk.AttemptID) error {
	if err := os.RemoveAll(e.folder(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return sdk.Errorf(sdk.Unavailable, "remove what is kept of attempt %s: %w", id, err)
	}
	return nil
}
