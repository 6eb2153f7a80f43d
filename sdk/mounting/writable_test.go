package mounting

import (
	"os"
	"path/filepath"
	"testing"
)

// What could not be done whole leaves nothing that hides a file.
func TestWritableThatFails(t *testing.T) {
	t.Parallel()
	lower, upper := t.TempDir(), t.TempDir()
	for _, name := range []string{"a", "b"} {
		if err := os.WriteFile(filepath.Join(lower, name), []byte("content"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(upper, "b"), 0o755); err != nil { // where a file is to be
		t.Fatal(err)
	}
	if err := Writable(lower, upper); err == nil {
		t.Fatal("it did not fail")
	}
	if left, err := os.ReadDir(upper); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}
