package launch

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"sync/atomic"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// topFolders are made in every image: launchers mount over them.
var topFolders = []string{"bin", "dev", "etc", "home", "mnt", "opt", "proc", "root", "run", "srv", "sys", "tmp", "usr", "var"}

// unpack writes a tar stream into a new folder. Nothing in the stream reaches out of it. Owners are kept by root only; devices are left out:
// launchers bring their own.
func unpack(stream io.Reader, folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	modes := map[string]os.FileMode{}
	archive := tar.NewReader(stream)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := unpackEntry(root, archive, header, modes); err != nil {
			return fmt.Errorf("unpack a file of the image: %w", err)
		}
	}
	for _, name := range topFolders {
		if _, err := root.Lstat(name); err != nil {
			if err := root.Mkdir(name, 0o755); err != nil {
				return err
			}
		}
	}
	for name, mode := range modes { // last: a folder may be closed even to its owner
		if err := root.Chmod(name, mode|0o500); err != nil {
			return err
		}
	}
	return nil
}

func unpackEntry(root *os.Root, content io.Reader, header *tar.Header, modes map[string]os.FileMode) error {
	name := strings.TrimPrefix(path.Clean("/"+header.Name), "/")
	if name == "" {
		return nil
	}
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	mode := header.FileInfo().Mode() & (os.ModePerm | os.ModeSetuid | os.ModeSetgid | os.ModeSticky)
	switch header.Typeflag {
	case tar.TypeDir:
		if err := root.MkdirAll(name, 0o755); err != nil {
			return err
		}
		modes[name] = mode
	case tar.TypeReg:
		if err := unpackFile(root, name, content); err != nil {
			return err
		}
	case tar.TypeSymlink:
		return replace(root, name, func() error { return root.Symlink(header.Linkname, name) })
	case tar.TypeLink:
		return replace(root, name, func() error {
			return root.Link(strings.TrimPrefix(path.Clean("/"+header.Linkname), "/"), name)
		})
	default:
		return nil
	}
	if os.Getuid() == 0 {
		if err := root.Lchown(name, header.Uid, header.Gid); err != nil {
			return err
		}
	}
	if header.Typeflag == tar.TypeDir {
		return nil
	}
	return root.Chmod(name, mode|0o400)
}

func unpackFile(root *os.Root, name string, content io.Reader) error {
	_ = root.Remove(name)
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	return errors.Join(err, f.Close())
}

// replace makes a name that may be there already.
func replace(root *os.Root, name string, create func() error) error {
	_ = root.Remove(name)
	return create()
}

// counting is an image that tells how many bytes of its layers have been read. Done is called at the end of the reading.
func counting(image v1.Image, tell func(read int64)) (v1.Image, func()) {
	c := &counted{Image: image, tell: tell}
	return c, func() { tell(c.read.Load()) }
}

type counted struct {
	v1.Image
	tell func(int64)
	read atomic.Int64
}

// Layers returns the layers, wrapped.
func (c *counted) Layers() ([]v1.Layer, error) {
	layers, err := c.Image.Layers()
	for i := range layers {
		layers[i] = &countedLayer{layers[i], c}
	}
	return layers, err
}

type countedLayer struct {
	v1.Layer
	image *counted
}

// Uncompressed reads the layer; its compressed size counts as read when it is at its end.
func (l *countedLayer) Uncompressed() (io.ReadCloser, error) {
	from, err := l.Layer.Uncompressed()
	if err != nil {
		return nil, err
	}
	return &countedReader{from, l}, nil
}

type countedReader struct {
	io.ReadCloser
	layer *countedLayer
}

func (r *countedReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		if size, sizeErr := r.layer.Size(); sizeErr == nil {
			r.layer.image.tell(r.layer.image.read.Add(size))
		}
	}
	return n, err
}
