package docker

import (
	"archive/tar"
	"context"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
	"github.com/raddeploy/raddeploy/sdk/mounting"
)

// Prepare implements [engine.Preparer]: it streams in what is not mounted.
func (b *backend) Prepare(ctx context.Context, c engine.Container) error {
	p, err := planOf(c)
	if err != nil {
		return err
	}
	if err := b.fillStatics(ctx, c, p.Statics); err != nil {
		return kinds.OfContainer(err)
	}
	return kinds.OfContainer(b.copyIn(ctx, c.ID, p))
}

// copyIn streams a plan's folders into a container that has not been started.
// It may be done again.
func (b *backend) copyIn(ctx context.Context, container string, p plan) error {
	if len(p.In) == 0 {
		return nil
	}
	if !p.Sealed {
		return b.send(ctx, container, "/", func(w *tar.Writer) error {
			for _, t := range p.In {
				if err := writeFolder(w, t.Host, strings.TrimPrefix(path.Clean(t.Container), "/")); err != nil {
					return err
				}
			}
			return nil
		})
	}
	// the engine lets nobody write to a read-only container except straight
	// into a volume
	for _, t := range p.In {
		if t.Host == "" {
			continue
		}
		if err := b.send(ctx, container, t.Container, func(w *tar.Writer) error { return writeFolder(w, t.Host, ".") }); err != nil {
			return err
		}
	}
	return nil
}

// send streams what write writes into a folder of a container.
func (b *backend) send(ctx context.Context, container, folder string, write func(*tar.Writer) error) error {
	from, to := io.Pipe()
	written := make(chan error, 1)
	go func() {
		w := tar.NewWriter(to)
		err := write(w)
		if err == nil {
			err = w.Close()
		}
		to.CloseWithError(err)
		written <- err
	}()
	err := b.api.CopyIn(ctx, container, folder, from)
	from.CloseWithError(io.ErrClosedPipe)
	if writing := <-written; writing != nil && writing != io.ErrClosedPipe {
		return writing
	}
	return err
}

// writeFolder writes a folder of the host, or an empty one, under a name. The
// folder itself is open to every user of the container, as a mounted one would
// be.
func writeFolder(w *tar.Writer, folder, name string) error {
	top := &tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: 0o777, ModTime: time.Now()}
	if err := w.WriteHeader(top); err != nil || folder == "" {
		return err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return sdk.Errorf(sdk.Unavailable, "copy into the container: %w", err)
	}
	defer root.Close()
	return mounting.Walk(root, func(inside string, info fs.FileInfo) error {
		return writeEntry(w, root, inside, path.Join(name, inside), info)
	})
}

func writeEntry(w *tar.Writer, root *os.Root, inside, name string, info fs.FileInfo) (err error) {
	link := ""
	switch mode := info.Mode(); {
	case mode&fs.ModeSymlink != 0:
		if link, err = root.Readlink(inside); err != nil {
			return err
		}
		if filepath.IsAbs(link) || !filepath.IsLocal(filepath.Join(filepath.Dir(inside), link)) {
			return &mounting.OutsideError{Link: inside}
		}
	case !mode.IsRegular() && !mode.IsDir():
		return nil // sockets and the like are nobody's input
	}
	header, err := tar.FileInfoHeader(info, link)
	if err != nil {
		return err
	}
	if link == "" {
		header.Mode = int64(mounting.Open(info.Mode()).Perm()) // whoever the container's user is
	}
	header.Name, header.Uid, header.Gid, header.Uname, header.Gname = name, 0, 0, "", ""
	if info.IsDir() {
		header.Name += "/"
	}
	if err := w.WriteHeader(header); err != nil || !info.Mode().IsRegular() {
		return err
	}
	file, err := root.Open(inside)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(w, file)
	return err
}
