package launch

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync/atomic"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// topFolders are made in every image: launchers mount over them.
var topFolders = []string{"bin", "dev", "etc", "home", "mnt", "opt", "proc", "root", "run", "srv", "sys", "tmp", "usr", "var"}

// unpack lays an image's layers over each other in a new folder, the lowest
// first. Nothing in them reaches out of it. Owners are kept by root only;
// devices are left out: launchers bring their own.
func unpack(layers []v1.Layer, folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	tree := &tree{root: root, modes: map[string]os.FileMode{}}
	for _, layer := range layers {
		if err := tree.lay(layer); err != nil {
			return fmt.Errorf("unpack the image: %w", err)
		}
	}
	return tree.finish()
}

// tree is a root file system that grows layer by layer. Paths are relative to
// its root, without a slash before them.
type tree struct {
	root  *os.Root
	modes map[string]os.FileMode // of folders, which stay open until all is there
	// what the present layer has brought, which its whiteouts do not mean
	own map[string]bool
}

// lay reads one layer to its end, where its digest is verified.
func (t *tree) lay(layer v1.Layer) error {
	stream, err := layer.Uncompressed()
	if err != nil {
		return err
	}
	defer func() { _ = stream.Close() }()
	t.own = map[string]bool{}
	archive := tar.NewReader(stream)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			_, err = io.Copy(io.Discard, stream)
			return err
		}
		if err != nil {
			return err
		}
		if err := t.add(archive, header); err != nil {
			return err
		}
	}
}

// Whiteouts say what of the lower layers is gone (OCI image specification,
// layer.md).
const (
	whiteout = ".wh."
	opaque   = ".wh..wh..opq"
)

// add brings one entry of a layer.
func (t *tree) add(content io.Reader, header *tar.Header) error {
	given := path.Clean("/" + header.Name)
	if given == "/" {
		return nil
	}
	name, err := t.resolve(given)
	if err != nil {
		return err
	}
	dir, base := path.Split(name)
	dir = path.Clean(dir)
	switch {
	case base == opaque:
		return t.hide(dir)
	case strings.HasPrefix(base, whiteout+whiteout): // of a file system that is none of ours
		return nil
	case strings.HasPrefix(base, whiteout):
		if gone := path.Join(dir, strings.TrimPrefix(base, whiteout)); !t.own[gone] {
			return t.remove(gone)
		}
		return nil
	}
	if err := t.root.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	mode := header.FileInfo().Mode() & (os.ModePerm | os.ModeSetuid | os.ModeSetgid | os.ModeSticky)
	before, err := t.root.Lstat(name)
	if err == nil && !(before.IsDir() && header.Typeflag == tar.TypeDir) {
		if err := t.remove(name); err != nil {
			return err
		}
	}
	t.own[name] = true
	switch header.Typeflag {
	case tar.TypeDir:
		if err := t.root.MkdirAll(name, 0o755); err != nil {
			return err
		}
		t.modes[name] = mode
	case tar.TypeReg:
		if err := unpackFile(t.root, name, content); err != nil {
			return err
		}
	case tar.TypeSymlink:
		return t.root.Symlink(header.Linkname, name)
	case tar.TypeLink:
		target, err := t.resolve(path.Clean("/" + header.Linkname))
		if err != nil {
			return err
		}
		return t.root.Link(target, name)
	default:
		return nil
	}
	if os.Getuid() == 0 {
		if err := t.root.Lchown(name, header.Uid, header.Gid); err != nil {
			return err
		}
	}
	if header.Typeflag == tar.TypeDir {
		return nil
	}
	return t.root.Chmod(name, mode|0o400)
}

// maxLinks is how many links a path may go over, as in the kernel.
const maxLinks = 40

// resolve follows the links on the way to an absolute path of the image, to
// where they lead in it. The path itself may be a link, or not there.
func (t *tree) resolve(given string) (string, error) {
	done, left := "", strings.Split(strings.TrimPrefix(given, "/"), "/")
	for links := 0; len(left) > 1; {
		next := path.Join(done, left[0])
		left = left[1:]
		target, err := t.root.Readlink(next)
		if err != nil { // no link, or nothing
			done = next
			continue
		}
		if links++; links > maxLinks {
			return "", fmt.Errorf("%s goes over too many links", given)
		}
		if !path.IsAbs(target) {
			target = path.Join("/", done, target)
		}
		done, left = "", append(strings.Split(strings.Trim(path.Clean(target), "/"), "/"), left...)
	}
	return path.Join(done, left[0]), nil
}

// hide removes what lower layers have brought into a folder.
func (t *tree) hide(dir string) error {
	entries, err := fs.ReadDir(t.root.FS(), dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		name := path.Join(dir, entry.Name())
		switch {
		case !t.own[name]:
			err = errors.Join(err, t.remove(name))
		case entry.IsDir():
			err = errors.Join(err, t.hide(name))
		}
	}
	return err
}

// remove takes away what is there under a name, with all below it.
func (t *tree) remove(name string) error {
	if info, err := t.root.Lstat(name); err == nil && info.IsDir() {
		for folder := range t.modes {
			if folder == name || strings.HasPrefix(folder, name+"/") {
				delete(t.modes, folder)
			}
		}
	}
	return t.root.RemoveAll(name)
}

// finish makes the top folders and gives folders their modes: last, for a
// folder may be closed even to its owner.
func (t *tree) finish() error {
	for _, name := range topFolders {
		if _, err := t.root.Lstat(name); err != nil {
			if err := t.root.Mkdir(name, 0o755); err != nil {
				return err
			}
		}
	}
	for name, mode := range t.modes {
		if err := t.root.Chmod(name, mode|0o500); err != nil {
			return err
		}
	}
	return nil
}

func unpackFile(root *os.Root, name string, content io.Reader) error {
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	return errors.Join(err, f.Close())
}

// counting is an image that tells how many bytes of its layers have been read.
// Done is called at the end of the reading.
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

// Uncompressed reads the layer; its compressed size counts as read when it is
// at its end.
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
