package state

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// A database counts the migrations that it has seen, so each stands at the place that its
// name says: one that came between two others would never run, and the last one twice.
func TestMigrationsStandAtTheirNumbers(t *testing.T) {
	files, err := fs.Glob(migrations, migrationFiles)
	check(t, err)
	for i, file := range files {
		if number := fmt.Sprintf("%04d_", i+1); !strings.HasPrefix(filepath.Base(file), number) {
			t.Errorf("%s is migration %d: name it %s…, after all others", file, i+1, number)
		}
	}
}
