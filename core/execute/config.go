package execute

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/core/spool"
)

// config returns a folder with the model's configuration as YAML, always, "{}"
// if it is empty. Tasks only read it, so all that have the same share one
// folder, which is made once. One that no task has begun with for long goes, as
// what archives were unpacked to does.
func (e *Engine) config(model *flow.Model) (string, error) {
	text := lang.WriteYAML(lang.DescribeTyped(model.Config))
	digest := sha256.Sum256(append([]byte(model.ConfigFile+"\x00"), text...))
	place := filepath.Join(e.Unpacked, "config-"+hex.EncodeToString(digest[:16]))
	unlock := e.lock(place)
	defer unlock()
	info, err := os.Stat(place)
	if err == nil {
		e.takenUp(place, info.ModTime())
		return place, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err := writeWhole(place, model.ConfigFile, text); err != nil {
		return "", fmt.Errorf("write config: %w", err)
	}
	return place, nil
}

// writeWhole writes a folder with one file beside its place, so that its name
// never stands for less than the whole, not even after a loss of power.
func writeWhole(place, name string, text []byte) error {
	beside := place + ".part"
	if err := fresh(beside); err != nil {
		return err
	}
	if err := spool.WriteFile(filepath.Join(beside, name), text, 0o644); err != nil {
		return err
	}
	return os.Rename(beside, place)
}
