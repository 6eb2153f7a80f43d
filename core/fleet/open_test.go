package fleet

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A folder of statics that is made after the start is one that mounts may come
// from, behind whatever links its place is.
func TestRootsOfFoldersThatAreMadeLater(t *testing.T) {
	real := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	roots, err := Host{DataDir: link, StaticDir: filepath.Join(link, "not", "yet")}.roots()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{real, filepath.Join(real, "not", "yet")}, roots); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
