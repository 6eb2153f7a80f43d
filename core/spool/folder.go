package spool

import (
	"fmt"
	"os"
	"path"
	"sync/atomic"

	"github.com/raddeploy/raddeploy/core/run"
)

// Folder is the folder of an arrival that is being received.
type Folder struct {
	name string
	path string
	dir  *os.File
	next atomic.Int64
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

// Create makes the file for the next object. It is for one goroutine; the folder is for many.
func (f *Folder) Create() (*File, error) {
	name := fmt.Sprintf("%06d.dcm", f.next.Add(1))
	file, err := os.OpenFile(path.Join(f.path, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	return &File{Name: path.Join(f.name, name), file: file, dir: f.dir}, nil
}

// Close releases the folder. The files stay.
func (f *Folder) Close() error { return f.dir.Close() }
