package dcm

import (
	"os"
	"path/filepath"
	"testing"
)

// realFiles is where real DICOM files lie beside a developer's clone.
const realFiles = "../../../shared/data/dicom"

// corpus returns the real DICOM files. Continuous integration must have them.
func corpus(t testing.TB) []string {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(realFiles, "*.dcm"))
	charsets, _ := filepath.Glob(filepath.Join(realFiles, "charset", "*.dcm"))
	if files = append(files, charsets...); len(files) > 0 {
		return files
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("no DICOM files in %s", realFiles)
	}
	t.Skip("no DICOM files beside this clone")
	return nil
}

// corpusFile returns the path of one of the real files.
func corpusFile(t testing.TB, name string) string {
	t.Helper()
	corpus(t)
	return filepath.Join(realFiles, filepath.FromSlash(name))
}

// scanPath scans a file that must have no fault.
func scanPath(t *testing.T, path string) *Header {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h, err := ScanFile(f)
	if err != nil {
		t.Fatalf("%s: %v", filepath.Base(path), err)
	}
	return h
}
