package dcm

import (
	"os"
	"path/filepath"
	"testing"
)

// corpus returns the real DICOM files that lie beside a developer's clone. Continuous integration must have them.
func corpus(t testing.TB) []string {
	t.Helper()
	const root = "../../../shared/data/dicom"
	files, _ := filepath.Glob(filepath.Join(root, "*.dcm"))
	charsets, _ := filepath.Glob(filepath.Join(root, "charset", "*.dcm"))
	files = append(files, charsets...)
	if len(files) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no DICOM files in %s", root)
		}
		t.Skip("no DICOM files beside this clone")
	}
	return files
}
