package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Held says what the spool below a folder holds, such as "3 arrivals in objects
// and 2 runs in runs"; "": nothing. It opens and makes nothing.
func Held(dir string) (string, error) {
	var held []string
	for _, one := range []struct{ what, in string }{{"arrivals", "objects"}, {"runs", "runs"}} {
		entries, err := os.ReadDir(filepath.Join(dir, one.in))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("look into the spool: %w", err)
		}
		if n := len(entries); n > 0 {
			held = append(held, fmt.Sprintf("%d %s in %s", n, one.what, filepath.Join(dir, one.in)))
		}
	}
	return strings.Join(held, " and "), nil
}
