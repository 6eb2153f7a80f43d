package fake

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// copyTree copies a folder with all that is in it. Symlinks stay what they are.
func copyTree(to, from string) error { return Backend{}.copyTree(to, from) }

func (b Backend) copyTree(to, from string) error {
	return filepath.WalkDir(from, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil || to == from {
			return err
		}
		target := filepath.Join(to, relative)
		switch {
		case entry.IsDir() && relative != "." && b.breaks("outputs are shallow"):
			return filepath.SkipDir
		case b.breaks("outputs are of root") && !ofRoot(entry):
			return nil
		case entry.IsDir():
			return os.MkdirAll(target, 0o755)
		case entry.Type() == os.ModeSymlink && !b.breaks("outputs follow symlinks"):
			leads, err := os.Readlink(path)
			if err != nil {
				return err
			}
			if err := os.Remove(target); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
			return os.Symlink(leads, target)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, data, 0o644)
	})
}

func ofRoot(entry os.DirEntry) bool {
	info, err := entry.Info()
	if err != nil {
		return false
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	return ok && owner.Uid == 0
}
