package spool

import (
	"errors"
	"fmt"
	"os"
	"path"
	"sync"

	"github.com/raddeploy/raddeploy/core/run"
)

// mostReady is how many files are made at once at the most.
const mostReady = 64

// Folder is the folder of an arrival that is being received. It may be used by many goroutines.
//
// To sync the folder for each new file would cost a third of the rate at which objects can be received. So files are made in
// advance, empty, more at a time the more have come, and one sync makes the entries of all of them durable.
type Folder struct {
	name string
	path string
	dir  *os.File

	mu    sync.Mutex
	made  int      // files so far
	ready []string // files whose entries are durable, and which are not used yet
}

// Folder makes the folder of a new arrival.
func (s *Spool) Folder(arrival run.ArrivalID) (*Folder, error) {
	f := &Folder{name: string(arrival), path: s.Path(string(arrival))}
	if err := os.Mkdir(f.path, 0o755); err != nil {
		return nil, err
	}
	if err := syncDir(s.objects); err != nil {
		return nil, err
	}
	dir, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	f.dir = dir
	return f, nil
}

// Create returns the file for the next object. Its entry in the folder is on stable storage.
func (f *Folder) Create() (*File, error) {
	name, err := f.take()
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path.Join(f.path, name), os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return &File{Name: path.Join(f.name, name), file: file}, nil
}

func (f *Folder) take() (name string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.ready) == 0 {
		if err := f.prepare(); err != nil {
			return "", err
		}
	}
	name, f.ready = f.ready[0], f.ready[1:]
	return name, nil
}

// prepare makes as many files as there are already, within limits, and makes their entries durable.
func (f *Folder) prepare() error {
	var names []string
	for range min(max(f.made, 1), mostReady) {
		name := fmt.Sprintf("%06d.dcm", f.made+1)
		file, err := os.OpenFile(path.Join(f.path, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		f.made++
		names = append(names, name)
		if err := file.Close(); err != nil {
			return err
		}
	}
	f.ready = names
	return f.dir.Sync()
}

// Close releases the folder and removes the files that were not used. The others stay.
func (f *Folder) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var errs []error
	for _, name := range f.ready {
		errs = append(errs, os.Remove(path.Join(f.path, name)))
	}
	f.ready = nil
	return errors.Join(append(errs, f.dir.Close())...)
}
