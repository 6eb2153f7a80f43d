package attempts

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteNote writes a note whole, in place of an earlier one. When it returns
// without an error, a loss of power does not take the note away. A folder that
// is not there is made.
func WriteNote(path string, content any) error {
	text, err := json.Marshal(content)
	if err != nil {
		return fmt.Errorf("write down %s: %w", filepath.Base(path), err)
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		if err := MakeFolder(filepath.Dir(path)); err != nil {
			return err
		}
	}
	err = written(path+".new", text)
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err == nil {
		err = SyncFolder(filepath.Dir(path))
	}
	return err
}

// MakeFolder makes a folder for notes, in one that may have to be made, too. A loss
// of power does not take it away.
func MakeFolder(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(path))
}

// ReadNote reads a note. One that is not there, or is not of this kind, is nil.
func ReadNote[T any](path string) *T {
	text, err := os.ReadFile(path)
	var content T
	if err != nil || json.Unmarshal(text, &content) != nil {
		return nil
	}
	return &content
}

// DropNote removes a note. It need not be there.
func DropNote(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func written(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Sync(), file.Close())
}

// SyncFolder has what was made, renamed and removed in a folder outlive a loss of power.
func SyncFolder(folder string) error {
	dir, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
