package job

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/raddeploy/raddeploy/sdk/attempts"
)

// Folder is the path of an attempt's folder, as this host sees it.
type Folder string

// Names lists the files in the folder. On NFS this asks the server, where
// looking for one file could be answered from what was not there a while ago.
func (f Folder) Names() (map[string]bool, error) {
	entries, err := os.ReadDir(string(f))
	if err != nil {
		return nil, err
	}
	names := make(map[string]bool, len(entries))
	for _, entry := range entries {
		names[entry.Name()] = true
	}
	return names, nil
}

// Path is the path of one of the files.
func (f Folder) Path(name string) string { return filepath.Join(string(f), name) }

// Write writes a file in one step, so that it is there whole or not at all,
// also after a loss of power.
func (f Folder) Write(name string, data []byte) error {
	temporary, err := os.CreateTemp(string(f), "."+name+".*")
	if err != nil {
		return err
	}
	_, err = temporary.Write(data)
	err = errors.Join(err, temporary.Chmod(0o644), temporary.Sync(), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), f.Path(name))
	}
	if err == nil {
		err = attempts.SyncFolder(string(f))
	}
	if err != nil {
		_ = os.Remove(temporary.Name())
		return fmt.Errorf("write %s: %w", f.Path(name), err)
	}
	return nil
}

// WriteJSON writes a value as JSON in one step.
func (f Folder) WriteJSON(name string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return f.Write(name, data)
}

// ReadJSON reads a value. It tells whether there is one.
func (f Folder) ReadJSON(name string, pointer any) (bool, error) {
	data, err := os.ReadFile(f.Path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = json.Unmarshal(data, pointer)
	}
	if err != nil {
		return false, fmt.Errorf("read %s: %w", f.Path(name), err)
	}
	return true, nil
}

// ID reads the id of the job that runs the attempt: the one that claimed it,
// else the one that was submitted last; "" if there is none.
func (f Folder) ID() string {
	for _, name := range []string{ClaimFile, IDFile} {
		data, err := os.ReadFile(f.Path(name))
		id, _, _ := bytes.Cut(bytes.TrimSpace(data), []byte("."))
		if err == nil && len(id) > 0 {
			return string(id)
		}
	}
	return ""
}
