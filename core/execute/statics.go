package execute

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// static returns the folder of a static mount: <static dir>/<name>, or
// <name>.tar, .tar.gz or .tar.zst unpacked once. An archive that changes is
// unpacked anew, beside the old one, which running tasks may still use.
func (e *Engine) static(name string) (string, error) {
	unlock := e.lock("static/" + name)
	defer unlock()
	place := filepath.Join(e.Statics, name)
	info, err := os.Stat(place)
	if err == nil && info.IsDir() {
		return place, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	for _, suffix := range []string{".tar", ".tar.gz", ".tar.zst"} {
		archive := place + suffix
		if info, err := os.Stat(archive); err == nil {
			return e.unpacked(archive, filepath.Join(e.Unpacked, name+"-"+strconv.FormatInt(info.ModTime().UnixNano(), 36)+"-"+strconv.FormatInt(info.Size(), 36)))
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", &missingStatic{name, place}
}

// missingStatic is a static mount that the site does not have.
type missingStatic struct{ name, place string }

func (e *missingStatic) Error() string {
	return fmt.Sprintf("static mount %q: neither the folder %s nor %s.tar, .tar.gz or .tar.zst is there: put it there, or change static { dir } of the site",
		e.name, e.place, e.place)
}

func (e *Engine) unpacked(archive, place string) (string, error) {
	if _, err := os.Stat(place); err == nil {
		return place, nil
	}
	beside := place + ".part"
	if err := os.RemoveAll(beside); err != nil {
		return "", err
	}
	if err := unpack(archive, beside); err != nil {
		return "", fmt.Errorf("unpack static mount %s: %w", archive, err)
	}
	// so that the name never stands for less than the whole
	if err := syncFileSystem(beside); err != nil {
		return "", err
	}
	return place, os.Rename(beside, place)
}

func unpack(archive, folder string) error {
	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer file.Close()
	var stream io.Reader = file
	switch {
	case strings.HasSuffix(archive, ".gz"):
		stream, err = gzip.NewReader(file)
	case strings.HasSuffix(archive, ".zst"):
		var decoder *zstd.Decoder
		if decoder, err = zstd.NewReader(file); err == nil {
			defer decoder.Close()
			stream = decoder
		}
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(folder) // nothing that an archive says leads out of it
	if err != nil {
		return err
	}
	defer root.Close()
	for entries := tar.NewReader(stream); ; {
		entry, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := extract(root, entry, entries); err != nil {
			return fmt.Errorf("%s: %w", entry.Name, err)
		}
	}
}

func extract(root *os.Root, entry *tar.Header, content io.Reader) error {
	name := filepath.Clean(strings.TrimLeft(entry.Name, "/"))
	if name == "." {
		return nil
	}
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	switch entry.Typeflag {
	case tar.TypeDir:
		return root.MkdirAll(name, 0o755)
	case tar.TypeSymlink:
		return root.Symlink(entry.Linkname, name)
	case tar.TypeLink:
		return root.Link(filepath.Clean(strings.TrimLeft(entry.Linkname, "/")), name)
	case tar.TypeReg:
		file, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, entry.FileInfo().Mode().Perm()|0o444)
		if err != nil {
			return err
		}
		_, err = io.Copy(file, content)
		return errors.Join(err, file.Close())
	}
	return nil // devices and the like are no model weights
}
