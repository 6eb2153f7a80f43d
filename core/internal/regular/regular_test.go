package regular

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write(t, at("text"), strings.Repeat("a", 100))
	write(t, at("exact"), strings.Repeat("a", 64))
	for name, err := range map[string]error{
		"pipe": syscall.Mkfifo(at("pipe"), 0o600), "link to a pipe": os.Symlink("pipe", at("link to a pipe")),
		"link to a device": os.Symlink("/dev/zero", at("link to a device")), "folder": os.Mkdir(at("folder"), 0o700),
		"link to itself": os.Symlink("link to itself", at("link to itself")),
	} {
		if err != nil {
			t.Fatal(name, err)
		}
	}
	listener, err := net.Listen("unix", at("socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()

	for name, want := range map[string]string{
		"exact": "", "text": "more than 64 bytes", "pipe": "a named pipe", "link to a pipe": "a named pipe", "link to a device": "a device",
		"folder": "a folder", "socket": "a socket", "link to itself": "too many levels", "missing": "no such file",
	} {
		text, err := Read(at(name), 64)
		if want == "" && (err != nil || len(text) != 64) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("Read %s: %d bytes, %v; want %q", name, len(text), err, want)
		}
		text, err = ReadBelow(dir, name, 64)
		if name == "link to a device" {
			want = "escapes"
		}
		if want == "" && (err != nil || len(text) != 64) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("ReadBelow %s: %d bytes, %v; want %q", name, len(text), err, want)
		}
	}
}

// A pipe stands for the kernel's files that call themselves regular.
func TestReadOfWhatHasNoEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := readAll(file, 64); err == nil || !strings.Contains(err.Error(), "no end") {
		t.Errorf("%v; want that it has no end", err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
