package testenv

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// File is a DICOM file as it lies on a disk.
type File struct {
	Instance       dcm.UID
	TransferSyntax dcm.UID
	Dataset        string // bytes
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

// ReadFiles reads all files of a folder, at any depth, by SOP instance UID. Two of one UID fail the test.
func ReadFiles(t testing.TB, dir string) map[dcm.UID]File {
	t.Helper()
	files := make(map[dcm.UID]File)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		file := ReadFile(t, path)
		if _, twice := files[file.Instance]; twice {
			t.Errorf("two files in %s are of SOP instance %s", dir, file.Instance)
		}
		files[file.Instance] = file
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func parse(t testing.TB, name string, data []byte) File {
	t.Helper()
	header, err := dcm.ScanFile(bytes.NewReader(data))
	if header.DatasetOffset == 0 {
		t.Fatalf("%s: %v", name, err)
	}
	meta := header.FileMeta()
	return File{Instance: meta.SOPInstance, TransferSyntax: meta.TransferSyntax, Dataset: string(data[header.DatasetOffset:])}
}
