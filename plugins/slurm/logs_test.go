package slurm

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/raddeploy/raddeploy/sdk"
)

// What has been read of a long log takes no place any more, and who reads it
// from its beginning gets what is left, with the same places.
func TestALongLogIsTrimmed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "stdout")
	const size, keep = 40 << 20, 4 << 20
	if err := os.WriteFile(file, bytes.Repeat([]byte("0123456\n"), size/8), 0o600); err != nil {
		t.Fatal(err)
	}
	taken := func() int64 {
		var info syscall.Stat_t
		if err := syscall.Stat(file, &info); err != nil {
			t.Fatal(err)
		}
		return info.Blocks * 512
	}
	read := func(from int64) (got int, at int64) {
		t.Helper()
		at, err := send(file, from, func(c sdk.LogChunk) error {
			got += len(c.Data)
			if bytes.ContainsRune(c.Data, 0) {
				t.Error("a hole is read as output")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return got, at
	}
	if got, at := read(0); got != size || at != size {
		t.Fatalf("read %d bytes to %d", got, at)
	}
	if trimmed := trim(file, 0, trimStep-1); trimmed != 0 || taken() < size {
		t.Errorf("%d bytes are given back for little", trimmed)
	}
	trimmed := trim(file, 0, size-keep)
	if taken() >= size {
		t.Skip("this file system makes no holes")
	}
	if trimmed != size-keep || taken() > keep+1<<20 {
		t.Errorf("%d bytes are given back, %d are taken", trimmed, taken())
	}
	for _, from := range []int64{0, 1 << 20, size - keep - 1, size - keep} {
		if got, at := read(from); got != keep || at != size {
			t.Errorf("from %d: read %d bytes to %d", from, got, at)
		}
	}
	if got, at := read(size - 8); got != 8 || at != size {
		t.Errorf("the last line: read %d bytes to %d", got, at)
	}
	if got, at := read(size); got != 0 || at != size {
		t.Errorf("at its end: read %d bytes to %d", got, at)
	}
}
