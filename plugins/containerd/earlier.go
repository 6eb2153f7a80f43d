package containerd

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/api"
)

// inherit gives what an earlier version of the plugin kept of an attempt the place
// where package engine looks for it: how the attempt ended was in the note "end",
// and what is copied before its start was in the container's plan.
func (b *backend) inherit(record api.Container) error {
	folder := b.folder(record.Name)
	if err := os.Rename(filepath.Join(folder, "end"), filepath.Join(folder, "exit")); err != nil && !os.IsNotExist(err) {
		return err
	}
	var earlier struct {
		In json.RawMessage `json:"in"`
	}
	if json.Unmarshal(record.Plan, &earlier) != nil || earlier.In == nil {
		return nil
	}
	return b.write(record.Name, "copies", earlier.In)
}
