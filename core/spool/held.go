package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
)

// Held says what the spool below a folder holds, such as "3 arrivals in objects
// and 2 runs in runs"; "": nothing. It opens and makes nothing.
func Held(dir string) (string, error) {
	var held []string
	for _, one := range []struct{ what, in string }{{"arrival", "objects"}, {"run", "runs"}} {
		entries, err := os.ReadDir(filepath.Join(dir, one.in))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("look into the spool: %w", err)
		}
		if n := len(entries); n > 0 {
			held = append(held, fmt.Sprintf("%s in %s", problem.Counted(n, one.what), filepath.Join(dir, one.in)))
		}
	}
	return strings.Join(held, " and "), nil
}

// Arrivals lists the arrivals that have a folder.
func (s *Spool) Arrivals() ([]run.ArrivalID, error) {
	entries, err := os.ReadDir(s.objects)
	if err != nil {
		return nil, fmt.Errorf("look into the spool: %w", err)
	}
	all := make([]run.ArrivalID, len(entries))
	for i, entry := range entries {
		all[i] = run.ArrivalID(entry.Name())
	}
	return all, nil
}
