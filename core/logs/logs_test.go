package logs

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A writer that was cut off in the middle of a frame goes on behind the last
// whole one, and readers see every piece once.
func TestContinueAfterTornWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stdout")
	reader := Open(path)
	defer reader.Close()
	if _, err := reader.Next(); !errors.Is(err, io.EOF) {
		t.Fatalf("a file that is not there yet: got %v, want EOF", err)
	}

	write(t, path, "", "one\n", "c1")
	write(t, path, "c1", "two\x00\xff\n", "c2")
	tear(t, path, 3)
	write(t, path, "c1", "two again\n", "c2b")

	var got bytes.Buffer
	for {
		frame, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got.Write(frame.Data)
	}
	if want := "one\ntwo again\n"; got.String() != want {
		t.Errorf("read %q, want %q", got.String(), want)
	}
	write(t, path, "c2b", "later", "c3")
	if frame, err := reader.Next(); err != nil || string(frame.Data) != "later" {
		t.Errorf("following: got %q, %v", frame.Data, err)
	}
}

func write(t *testing.T, path, after, data, cursor string) {
	t.Helper()
	w, err := Append(path)
	if err != nil {
		t.Fatal(err)
	}
	if w.Cursor() != after {
		t.Fatalf("continues after cursor %q, want %q", w.Cursor(), after)
	}
	if err := w.Write(Frame{Time: time.Now(), Data: []byte(data), Cursor: cursor}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func tear(t *testing.T, path string, bytes int64) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, info.Size()-bytes); err != nil {
		t.Fatal(err)
	}
}
