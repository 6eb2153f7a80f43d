package testenv

import (
	"archive/tar"
	"bytes"
	"path/filepath"
)

// Static puts a file into the folder of a static mount. It returns the folder's
// path.
func (s *Site) Static(mount, name, content string) string {
	s.t.Helper()
	s.write(filepath.Join("static", mount, name), content)
	return filepath.Join(s.Dir, "static", mount)
}

// StaticArchive makes a static mount that is an archive with one file.
func (s *Site) StaticArchive(mount, name, content string) {
	s.t.Helper()
	var b bytes.Buffer
	archive := tar.NewWriter(&b)
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
		s.t.Fatal(err)
	}
	if _, err := archive.Write([]byte(content)); err != nil {
		s.t.Fatal(err)
	}
	if err := archive.Close(); err != nil {
		s.t.Fatal(err)
	}
	s.write(filepath.Join("static", mount+".tar"), b.String())
}
