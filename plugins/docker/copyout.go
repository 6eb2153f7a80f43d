package docker

import (
	"archive/tar"
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// Settle implements [engine.Settler]: it streams out what is not mounted.
func (b *backend) Settle(ctx context.Context, c engine.Container, _ func(string)) error {
	if c.State == engine.Created {
		return nil // it has not run, and may not be able to
	}
	p, err := planOf(c)
	if err != nil {
		return err
	}
	for _, out := range p.Out {
		if err := b.copyOut(ctx, c.ID, out); err != nil {
			return kinds.OfContainer(err)
		}
	}
	return nil
}

// copyOut streams a folder of an ended container into a folder of the host.
// Nothing is written outside that folder, whatever the container left: symlinks
// are made as they are and not followed, devices are left out. It may be done
// again.
func (b *backend) copyOut(ctx context.Context, container string, t transfer) error {
	stream, err := b.api.CopyOut(ctx, container, path.Clean(t.Container)+"/.")
	if err != nil {
		return err
	}
	defer stream.Close()
	root, err := os.OpenRoot(t.Host)
	if err != nil {
		return sdk.Errorf(sdk.Unavailable, "open the output's folder: %w", err)
	}
	defer root.Close()
	entries := tar.NewReader(bufio.NewReaderSize(stream, 1<<20))
	for {
		header, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read docker's stream: %w", errors.Join(err, io.ErrUnexpectedEOF))
		}
		name := filepath.Clean(header.Name)
		if name == "." {
			continue
		}
		if !filepath.IsLocal(name) {
			return sdk.Errorf(sdk.Unavailable, "docker's stream names a file outside the output: %q", name)
		}
		if err := readEntry(root, name, header, entries); err != nil {
			return sdk.Errorf(sdk.Unavailable, "write the output: %w", err)
		}
	}
}

func readEntry(root *os.Root, name string, header *tar.Header, from io.Reader) error {
	if header.Typeflag == tar.TypeDir {
		err := root.Mkdir(name, 0o755)
		if errors.Is(err, fs.ErrExist) {
			return nil
		}
		return err
	}
	// left by a copying that was broken off
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	switch header.Typeflag {
	case tar.TypeReg:
		file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return err
		}
		_, err = io.Copy(file, from)
		return errors.Join(err, file.Close())
	case tar.TypeSymlink:
		return root.Symlink(header.Linkname, name)
	case tar.TypeLink:
		return root.Link(filepath.Clean(header.Linkname), name)
	}
	return nil
}
