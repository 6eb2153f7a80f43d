package bench

import (
	"os"
	"syscall"
	"testing"

	"github.com/raddeploy/raddeploy/core/phantom"
)

// study is how many objects the largest series has. A CT image of 512 x 512 pixels has 526 KB.
const study = 2000

// objects writes a series of CT images and returns their files.
func objects(b *testing.B, n int) []string {
	b.Helper()
	paths, err := phantom.Write(b.TempDir(), phantom.Options{Slices: n})
	if err != nil {
		b.Fatal(err)
	}
	settle()
	return paths
}

// settle writes to the disk what earlier rounds left in memory, so that no side pays for the other.
func settle() { syscall.Sync() }

// count counts the files of a folder.
func count(b *testing.B, dir string) int {
	b.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		b.Fatal(err)
	}
	return len(entries)
}
