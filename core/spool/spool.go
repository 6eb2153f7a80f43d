package spool

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/raddeploy/raddeploy/core/run"
)

// Spool is the folder that holds the folders of all arrivals and of all runs.
type Spool struct {
	objects string
	runs    Runs
}

// Open opens the spool below a folder and makes what is missing.
func Open(dir string) (*Spool, error) {
	s := &Spool{objects: filepath.Join(dir, "objects"), runs: RunsIn(dir)}
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

// Free returns how many bytes can still be written.
func (s *Spool) Free() (uint64, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(s.objects, &stat); err != nil {
		return 0, fmt.Errorf("free space of %s: %w", s.objects, err)
	}
	return stat.Bavail * uint64(stat.Bsize), nil
}

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
