package execute

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// member is one entry of an archive, to be extracted below root.
type member struct {
	*tar.Header
	root *os.Root
}

// extract makes the file, folder or link that the member is. What cannot be made
// as it was packed is refused and never left out: a model that lacks a file may
// compute something else.
func (m *member) extract(bounded func(io.Writer) io.Writer, content io.Reader) error {
	name := local(m.Name)
	switch {
	case m.Typeflag == tar.TypeXGlobalHeader, m.Typeflag == 'V':
		return nil // a comment of whoever packed it, and a volume's label
	case m.sparse():
		return &badArchive{errors.New("is sparse, which is not supported"), "pack it without -S (--sparse)"}
	case m.kind() == "":
		return &badArchive{fmt.Errorf("has the type %q, which is not supported", string(m.Typeflag)), "pack files, folders and links only"}
	case name == "." && m.Typeflag == tar.TypeDir:
		return nil
	case !filepath.IsLocal(name) || name == ".":
		return &badArchive{errors.New("leads out of the archive"), "pack it with names below one folder"}
	}
	if err := m.root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	if err := m.replace(name); err != nil {
		return err
	}
	switch m.kind() {
	case "folder":
		return m.root.MkdirAll(name, 0o755)
	case "symlink":
		return m.root.Symlink(m.Linkname, name)
	case "link":
		if local(m.Linkname) == name {
			return nil
		}
		return m.root.Link(local(m.Linkname), name)
	}
	file, err := m.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, m.FileInfo().Mode().Perm()&^0o022|0o444)
	if err != nil {
		return err
	}
	_, err = io.Copy(bounded(file), content)
	return errors.Join(err, file.Close())
}

// kind is what the member is to become: "folder", "symlink", "link", "file", or
// "" for what no model reads, such as a device.
func (m *member) kind() string {
	switch m.Typeflag {
	case tar.TypeDir:
		return "folder"
	case tar.TypeSymlink:
		return "symlink"
	case tar.TypeLink:
		return "link"
	case tar.TypeReg, tar.TypeCont:
		return "file"
	}
	return ""
}

// sparse reports whether holes of the file are left out of the archive, in one of
// the ways of GNU tar.
func (m *member) sparse() bool {
	return m.Typeflag == tar.TypeGNUSparse ||
		slices.ContainsFunc(slices.Collect(maps.Keys(m.PAXRecords)), func(key string) bool { return strings.HasPrefix(key, "GNU.sparse.") })
}

// replace makes way for the member: of two with one name the last counts. A
// folder stays a folder, with what it holds.
func (m *member) replace(name string) error {
	info, err := m.root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir() && m.Typeflag == tar.TypeDir, m.Typeflag == tar.TypeLink && local(m.Linkname) == name:
		return nil
	}
	err = m.root.Remove(name)
	if errors.Is(err, syscall.ENOTEMPTY) {
		return &badArchive{errors.New("has the name of a folder that holds other members"), "pack it with other names"}
	}
	return err
}

// local is a member's name as a path below the archive's folder.
func local(name string) string { return filepath.Clean(strings.TrimLeft(name, "/")) }

// escapes marks the error of a path that leads out of the root, which os has no
// value for.
func escapes(err error) error {
	if err != nil && strings.Contains(err.Error(), "path escapes from parent") {
		return &badArchive{errors.New("leads out of the archive by a link"), "pack it without links that lead out of it"}
	}
	return err
}
