package inventory

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
)

// memory is the file's content.
type memory struct {
	Executors map[string]backend `json:"executors"`
}

// New makes an inventory that is kept in memory only.
func New() *Inventory {
	return &Inventory{
		allowed:  make(map[string][]string),
		backends: make(map[string]backend),
		leases:   make(map[run.AttemptID]lease),
	}
}

// Open reads what the executors' backends have told earlier agents, from a file
// that need not be there yet.
func Open(path string) (*Inventory, error) {
	i := New()
	i.path = path
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return i, nil
	}
	known := memory{Executors: i.backends}
	if err == nil {
		err = json.Unmarshal(text, &known)
	}
	if err != nil {
		return nil, &problem.Error{Op: "read the GPU inventory", Object: path, Cause: err, Advice: "remove the file when no task holds a GPU"}
	}
	return i, nil
}

// save keeps what the backends told. A file that is only half written is never
// seen.
func (i *Inventory) save() error {
	if i.path == "" {
		return nil
	}
	i.unsaved = true
	text, err := json.MarshalIndent(memory{i.backends}, "", "  ")
	if err != nil {
		return err
	}
	if err := spool.WriteFile(i.path, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("save the GPU inventory: %w", err)
	}
	i.unsaved = false
	return nil
}
