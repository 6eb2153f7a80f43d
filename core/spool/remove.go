package spool

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/raddeploy/raddeploy/core/problem"
)

// Remove removes a folder with all that is in it, folders too that a container
// has closed. It need not be there. What belongs to another user can only be
// removed by root: then the error says what to do.
func Remove(folder string) error {
	err := os.RemoveAll(folder)
	if errors.Is(err, fs.ErrPermission) {
		_ = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.IsDir() {
				_ = os.Chmod(path, 0o700)
			}
			return nil // what stays closed is met again below
		})
		err = os.RemoveAll(folder)
	}
	if errors.Is(err, fs.ErrPermission) && os.Geteuid() != 0 {
		return &problem.Error{Cause: err,
			Advice: `a container wrote it as another user: remove it as root; run the agent as root, or let the executor copy (config { mounts = "copy" })`}
	}
	return err
}
