package datafolder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/problem"
)

// privateFolder makes a data folder that only the agent's user can enter, or
// makes an existing one so. That is what keeps other users from patients' data:
// containers run as any user, so much in it can be read by whoever gets there.
func privateFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if isPrivate(dir) {
		return nil
	}
	if !isOurs(dir) {
		return refusedFolder(dir, "holds other files than the agent's")
	}
	if err := os.Chmod(dir, 0o700); err != nil || !isPrivate(dir) {
		return refusedFolder(dir, "cannot be closed")
	}
	return nil
}

func refusedFolder(dir, why string) error {
	return &problem.Error{Op: "open data folder", Object: dir, Cause: errors.New("other users can enter it, and it " + why),
		Advice: "give the folder to the agent's user and the mode 0700, or choose another data_dir"}
}

func isPrivate(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.Mode()&(0o077|fs.ModeSetuid|fs.ModeSetgid|fs.ModeSticky) == 0
}

// isOurs tells whether a folder holds nothing, or only what belongs to an agent:
// its own files, flows and statics. To close another one, such as /tmp, would do
// harm.
func isOurs(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && !slices.ContainsFunc(entries, func(entry fs.DirEntry) bool {
		name := entry.Name()
		return !slices.Contains([]string{lockFile, "id", "gpus.json", "objects", "runs", "statics", "executors", "flows", "static", "lost+found"}, name) &&
			!strings.HasPrefix(name, "state.db") && !slices.Contains([]string{".hcl", ".log", ".sock"}, filepath.Ext(name))
	})
}

// privateFiles closes the files of a data folder that no container reads: the
// database with what belongs to it, and the agent's notes.
func privateFiles(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	for _, entry := range entries {
		if !entry.Type().IsRegular() {
			continue
		}
		if err := os.Chmod(filepath.Join(dir, entry.Name()), 0o600); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("data folder: %w", err)
		}
	}
	return nil
}
