package mounting

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Copy copies what is in a folder into another one, which may hold part
// of it already. Everybody may write to the copy, whoever the container's user is.
// Symlinks stay symlinks; sockets and the like are no input.
func Copy(ctx context.Context, source, target string) error {
	from, err := os.OpenRoot(source)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenRoot(target)
	if err != nil {
		return err
	}
	defer to.Close()
	return Walk(from, func(name string, info fs.FileInfo) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		switch mode := info.Mode(); {
		case mode.IsDir():
			if err := to.MkdirAll(name, 0o755); err != nil {
				return err
			}
			return to.Chmod(name, Open(mode))
		case mode.IsRegular():
			return copyFile(from, to, name, Open(mode))
		case mode&fs.ModeSymlink != 0:
			return copyLink(from, to, name)
		}
		return nil
	})
}

func copyFile(from, to *os.Root, name string, mode fs.FileMode) error {
	in, err := from.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := to.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	if err := out.Chmod(mode); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}

func copyLink(from, to *os.Root, name string) error {
	link, err := from.Readlink(name)
	if err != nil {
		return err
	}
	if filepath.IsAbs(link) || !filepath.IsLocal(filepath.Join(filepath.Dir(name), link)) {
		return &OutsideError{Link: name}
	}
	if err := to.Remove(name); err != nil && !os.IsNotExist(err) {
		return err
	}
	return to.Symlink(link, name)
}
