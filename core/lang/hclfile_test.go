package lang

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A file that changes in any way is noticed, and one that stays is not read into
// memory beyond the limit to find that out.
func TestOpenedChanges(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	read := func() *Opened {
		t.Helper()
		var opened *Opened
		HCL{Opened: func(o *Opened) { opened = o }}.Parse(NewSource(filepath.Join(dir, "f.hcl"), []byte("a = try(file(\"a\"), \"\")\n")))
		if opened == nil || opened.Changed() {
			t.Fatalf("%+v: want a file that has been read and has not changed", opened)
		}
		return opened
	}
	last := read()
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"made", func() error { return os.WriteFile(path, []byte("1"), 0o600) }},
		{"written", func() error { return os.WriteFile(path, []byte("2"), 0o600) }},
		{"not text", func() error { return os.WriteFile(path, []byte("\xff"), 0o600) }},
		{"too long", func() error { return os.WriteFile(path, make([]byte, maxRead+1), 0o600) }},
		{"a pipe", func() error { _ = os.Remove(path); return syscall.Mkfifo(path, 0o600) }},
		{"a device", func() error { _ = os.Remove(path); return os.Symlink("/dev/zero", path) }},
		{"removed", func() error { return os.Remove(path) }},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		if !last.Changed() {
			t.Errorf("%s: it is not seen", step.name)
		}
		last = read()
	}
}

// Reads that fail are paid for: a file cannot have a thousand of them made.
func TestFailedReadsCost(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "bytes"), []byte("\xff"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, d := ParseHCL(NewSource(filepath.Join(dir, "f.hcl"), []byte("a = length([for i in range(1000) : try(file(\"bytes\"), \"\")])\n")))
	if !d.HasErrors() || !strings.Contains(d[0].Summary+d[0].Hint, "too much") {
		t.Errorf("%v; want that the file takes too much to compute", d)
	}
}
