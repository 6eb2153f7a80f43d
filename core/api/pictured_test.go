package api

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/raddeploy/raddeploy/core/phantom"
	"github.com/raddeploy/raddeploy/core/picture"
)

// What could not be opened for once is looked at again, and what is no object is not.
func TestPicturesAfterAFault(t *testing.T) {
	files, err := phantom.Write(t.TempDir(), phantom.Options{Slices: 1, Size: 16})
	if err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, bytes.Repeat([]byte("no object "), 100), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name         string
		faults       []error // of opening, one after the other
		file         string
		opens, found int
	}{
		{"too many open files", []error{&fs.PathError{Op: "open", Err: syscall.EMFILE}}, files[0], 2, 1},
		{"a disk's error", []error{syscall.EIO, syscall.EIO}, files[0], 3, 1},
		{"no such file", []error{&fs.PathError{Op: "open", Err: syscall.ENOENT}}, files[0], 1, 0},
		{"no object", nil, text, 1, 0},
		{"no regular file", nil, t.TempDir(), 1, 0},
	} {
		opens, known := 0, &drawn{}
		of := &pictured{
			key:  test.name,
			list: func(context.Context) ([]*picture.Object, error) { return []*picture.Object{{}}, nil },
			open: func(*picture.Object) (*os.File, error) {
				if opens++; opens <= len(test.faults) {
					return nil, test.faults[opens-1]
				}
				return regularFile(os.Open(test.file))
			},
		}
		var found *described
		for look := range 4 {
			if found, err = known.of(t.Context(), of); err != nil {
				t.Fatal(err)
			}
			if notes := strings.Join(found.notes, " "); look == 0 && !strings.Contains(notes, "1 file ") {
				t.Errorf("%s: the first look says %q", test.name, notes)
			}
		}
		if opens != test.opens || len(found.series) != test.found {
			t.Errorf("%s: opened %d times, want %d; %d series, want %d", test.name, opens, test.opens, len(found.series), test.found)
		}
	}
}
