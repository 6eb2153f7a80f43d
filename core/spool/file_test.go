package spool

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

// newFolder is the folder of a new arrival, which is closed with the test.
func newFolder(t *testing.T) (*Spool, *Folder) {
	t.Helper()
	spool, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	folder, err := spool.Folder(run.NewArrivalID())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := folder.Close(); err != nil {
			t.Error(err)
		}
	})
	return spool, folder
}

// An object's bytes are what was written, wherever the beginning ends that is written
// last, and can be read back before it is.
func TestFileHoldsWhatWasWritten(t *testing.T) {
	spool, folder := newFolder(t)
	const most = 3 * beginningSize
	content := make([]byte, most)
	for i := range content {
		content[i] = byte(i ^ i>>8)
	}
	for _, size := range []int{2, 2000, beginningSize - 1000, beginningSize, most} {
		for _, piece := range []int{700, 8 << 10, most} {
			t.Run(fmt.Sprintf("%d by %d", size, piece), func(t *testing.T) {
				want := content[:size]
				file := begin(t, folder, "1.2", nil)
				for rest := want; len(rest) > 0; rest = rest[min(piece, len(rest)):] {
					if n, err := file.Write(rest[:min(piece, len(rest))]); err != nil || n != min(piece, len(rest)) {
						t.Fatal(n, err)
					}
				}
				back, err := io.ReadAll(io.NewSectionReader(file, 1, int64(size)-1))
				if err != nil || !bytes.Equal(back, want[1:]) || file.Size() != int64(size) {
					t.Errorf("read back %d bytes of %d, %v", len(back), file.Size(), err)
				}
				if sealed, err := spool.Intact(file.Name); sealed || err != nil {
					t.Errorf("before it is kept: sealed %v, %v", sealed, err)
				}
				if err := file.Keep(); err != nil {
					t.Fatal(err)
				}
				if intact, err := spool.Intact(file.Name); !intact || err != nil {
					t.Errorf("after it is kept: intact %v, %v", intact, err)
				}
				kept, err := os.ReadFile(spool.Path(file.Name))
				if err != nil || !bytes.HasSuffix(kept, want) || int64(len(kept)) != file.start+int64(size) {
					t.Errorf("the file has %d bytes, %v", len(kept), err)
				}
			})
		}
	}
}

// File meta information that does not fit is refused, and the object with it.
func TestFileMetaInformationIsBounded(t *testing.T) {
	_, folder := newFolder(t)
	file, err := folder.Create()
	if err != nil {
		t.Fatal(err)
	}
	long := dcm.UID(bytes.Repeat([]byte{'1'}, beginningSize))
	if err := file.Begin(dcm.FileMeta{SOPClass: "1.2", SOPInstance: long, TransferSyntax: "1.2"}); err == nil {
		t.Error("it was taken")
	}
	if err := file.Drop(); err != nil {
		t.Error(err)
	}
}
