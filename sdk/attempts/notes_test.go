package attempts

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// mount mounts a file system that is in a file, and returns where. It writes
// nothing by itself within the time of a test.
func mount(t *testing.T, image string) string {
	t.Helper()
	at := t.TempDir()
	if out, err := exec.Command("mount", "-o", "loop,commit=300", image, at).CombinedOutput(); err != nil {
		need(t, "cannot mount a file system: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", at).CombinedOutput(); err != nil {
			t.Errorf("unmount: %v: %s", err, out)
		}
	})
	return at
}

// TestNoteOutlivesALossOfPower looks at what a file system has on its disk at
// the moment when a note was written.
func TestNoteOutlivesALossOfPower(t *testing.T) {
	t.Parallel()
	image := filepath.Join(t.TempDir(), "disk")
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, 16<<20); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.ext4", "-q", image).CombinedOutput(); err != nil {
		need(t, "cannot make a file system: %v: %s", err, out)
	}
	disk := mount(t, image)
	after := func() int {
		t.Helper()
		now := filepath.Join(t.TempDir(), "disk")
		text, err := os.ReadFile(image)
		if err == nil {
			err = os.WriteFile(now, text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		if note := ReadNote[int](filepath.Join(mount(t, now), "work", "attempt", "note")); note != nil {
			return *note
		}
		return -1
	}
	path := filepath.Join(disk, "work", "attempt", "note")
	for n := range 3 {
		if err := WriteNote(path, n); err != nil {
			t.Fatal(err)
		}
		if got := after(); got != n {
			t.Errorf("note %d: %d after a loss of power", n, got)
		}
	}
}

func TestNotes(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "folder", "note")
	if got := ReadNote[string](path); got != nil {
		t.Errorf("before it is written: %q", *got)
	}
	if err := DropNote(path); err != nil {
		t.Errorf("drop what is not there: %v", err)
	}
	if err := WriteNote(path, "text"); err != nil {
		t.Fatal(err)
	}
	if got := ReadNote[string](path); got == nil || *got != "text" {
		t.Errorf("written: %v", got)
	}
	if got := ReadNote[int](path); got != nil {
		t.Errorf("read as something else: %v", *got)
	}
	if err := os.WriteFile(path, []byte(`"te`), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := ReadNote[string](path); got != nil {
		t.Errorf("half of it: %q", *got)
	}
	if err := DropNote(path); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

// need skips a test that cannot run here, or fails it where it has to.
func need(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}
