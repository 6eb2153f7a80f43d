package spool

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/raddeploy/raddeploy/core/run"
)

// Spool is the folder that holds the folders of all arrivals and of all runs.
type Spool struct {
	objects string
	runs    Runs
	sync    func(*os.File) error // of what is recovered
}

// Open opens the spool below a folder and makes what is missing.
func Open(dir string) (*Spool, error) {
	s := &Spool{objects: filepath.Join(dir, "objects"), runs: RunsIn(dir), sync: (*os.File).Sync}
	for _, folder := range []string{s.objects, s.runs.Dir} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return nil, fmt.Errorf("open spool: %w", err)
		}
	}
	return s, SyncDir(dir)
}

// Path returns the absolute path of an object's file as the state database
// names it.
func (s *Spool) Path(file string) string { return filepath.Join(s.objects, file) }

// Runs returns where the files of runs are.
func (s *Spool) Runs() Runs { return s.runs }

// Reserve compares the free space of the spool's disk with a number of bytes.
func (s *Spool) Reserve(bytes uint64) *Reserve { return NewReserve(bytes, FreeIn(s.objects)) }

// Discard removes the files of an arrival.
func (s *Spool) Discard(arrival run.ArrivalID) error {
	return os.RemoveAll(s.Path(string(arrival)))
}

// SyncDir makes a folder's entries durable.
func SyncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
