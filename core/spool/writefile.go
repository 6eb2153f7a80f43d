package spool

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteFile writes a small file that is on stable storage, under its name, when
// the call returns. At a crash or a power cut before that, the file is what it
// was, or absent, and never in part.
func WriteFile(path string, data []byte, mode fs.FileMode) error {
	file, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return SyncDir(filepath.Dir(path))
}
