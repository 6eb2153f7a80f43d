package spool

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "id")
	// what a power cut left of an earlier call
	if err := os.WriteFile(path+".new", []byte("a part of something longer"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"first", "2nd"} {
		if err := WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("the file holds %q (%v), want %q", got, err, text)
		}
	}
	if found, err := os.ReadDir(dir); err != nil || len(found) != 1 {
		t.Errorf("the folder holds %v (%v), want the file alone", found, err)
	}
	if err := WriteFile(filepath.Join(dir, "no", "id"), nil, 0o600); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in a folder that is not there: %v", err)
	}
	folder := filepath.Join(dir, "folder")
	if err := os.MkdirAll(filepath.Join(folder, "full"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(folder, nil, 0o600); err == nil {
		t.Error("a file took the place of a folder")
	}
	if found, err := os.ReadDir(dir); err != nil || len(found) != 2 {
		t.Errorf("after an error the folder holds %v (%v)", found, err)
	}
}
