package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/raddeploy/raddeploy/core/problem"
)

// land copies outputs to a folder that appears with all of them in it, or not
// at all. It returns how many files they have.
func land(dir string, outputs map[string]string) (files int, err error) {
	dir = filepath.Clean(dir)
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return 0, fmt.Errorf("land results: %w", err)
	}
	beside, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+"-")
	if err != nil {
		return 0, fmt.Errorf("land results: %w", err)
	}
	defer os.RemoveAll(beside) // it is not there any more if all went well
	for name, folder := range outputs {
		n, err := copyTree(filepath.Join(beside, name), folder)
		if err != nil {
			return 0, fmt.Errorf("land results: output %s: %w", name, err)
		}
		files += n
	}
	if err := os.Chmod(beside, 0o755); err != nil {
		return 0, fmt.Errorf("land results: %w", err)
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, &problem.Error{Op: "land results", Cause: err, Advice: "name a new folder by -out"}
	}
	if err := os.Rename(beside, dir); err != nil {
		return 0, fmt.Errorf("land results: %w", err)
	}
	return files, nil
}

// copyTree copies a folder. What an output holds beside files, folders and
// links was refused before or is left out.
func copyTree(to, from string) (files int, err error) {
	err = filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		place := filepath.Join(to, below)
		switch {
		case entry.IsDir():
			return os.MkdirAll(place, 0o755)
		case entry.Type() == fs.ModeSymlink:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			files++
			return os.Symlink(target, place)
		case entry.Type().IsRegular():
			files++
			return copyFile(place, path)
		}
		return nil
	})
	return files, err
}

func copyFile(to, from string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}
