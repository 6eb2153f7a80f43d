package testenv

import (
	"bytes"
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// File is a DICOM file as it lies on a disk.
type File struct {
	Key
	Path    string
	Dataset string // bytes
}

// Key tells files apart. There are real files of one SOP instance in several
// transfer syntaxes, and even in one.
type Key struct {
	Instance, TransferSyntax dcm.UID
	// of the same instance and syntax, from 0, in the order of their bytes
	Copy int
}

// ReadFile reads a DICOM file.
func ReadFile(t testing.TB, path string) File {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, path, data)
}

// ReadFiles reads all files of a folder, at any depth.
func ReadFiles(t testing.TB, dir string) map[Key]File {
	t.Helper()
	var all []File
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			all = append(all, ReadFile(t, path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(all, func(a, b File) int { return cmp.Compare(a.Dataset, b.Dataset) })
	files := make(map[Key]File)
	for _, file := range all {
		for _, taken := files[file.Key]; taken; _, taken = files[file.Key] {
			file.Copy++
		}
		files[file.Key] = file
	}
	return files
}

func parse(t testing.TB, name string, data []byte) File {
	t.Helper()
	header, err := dcm.ScanFile(bytes.NewReader(data))
	meta := header.FileMeta()
	if meta.SOPInstance == "" {
		t.Fatalf("%s has no SOP instance UID: %v", name, err)
	}
	return File{Key{Instance: meta.SOPInstance, TransferSyntax: meta.TransferSyntax}, name, string(data[header.DatasetOffset:])}
}
