package mounting

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// metacopy marks a file of an overlay's upper layer of which only the metadata is
// there, and the content still in the lower one.
const metacopy = "trusted.overlay.metacopy"

// Writable has every user of a container write to what it finds in the folder
// lower, through an overlay whose upper layer is the folder upper and which is
// mounted with metacopy=on: upper gets the folders, and of the files the metadata
// alone, each with a mode that lets everybody write. It may be done again, before
// the overlay is mounted. If it fails nothing is left in upper, where a file without
// its content would hide the one in lower.
//
// It needs CAP_SYS_ADMIN, and a file system with trusted attributes for upper.
// See https://docs.kernel.org/filesystems/overlayfs.html, "Metadata only copy up".
func Writable(lower, upper string) error {
	from, err := os.OpenRoot(lower)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenRoot(upper)
	if err != nil {
		return err
	}
	defer to.Close()
	err = Walk(from, func(name string, info fs.FileInfo) error {
		switch {
		case info.IsDir():
			return errors.Join(to.MkdirAll(name, 0o755), to.Chmod(name, 0o777))
		case info.Mode().IsRegular():
			return emptied(to, name, info)
		}
		return nil
	})
	if err != nil {
		return errors.Join(err, removeAll(to))
	}
	return nil
}

// removeAll removes all that is in a folder.
func removeAll(folder *os.Root) error {
	open, err := folder.Open(".")
	if err != nil {
		return err
	}
	names, err := open.Readdirnames(-1)
	errs := []error{err, open.Close()}
	for _, name := range names {
		errs = append(errs, folder.RemoveAll(name))
	}
	return errors.Join(errs...)
}

// emptied makes a file of an upper layer whose content is in the lower one.
func emptied(to *os.Root, name string, info fs.FileInfo) error {
	file, err := to.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = unix.Fsetxattr(int(file.Fd()), metacopy, nil, 0)
	if err == nil {
		err = file.Truncate(info.Size())
	}
	if err == nil {
		err = file.Chmod(Open(info.Mode()))
	}
	if err == nil {
		err = to.Chtimes(name, info.ModTime(), info.ModTime())
	}
	return errors.Join(err, file.Close())
}

// Open returns the mode of a file or folder that is a container's own, whoever
// its user is: everybody may read and write it, and run what could be run.
func Open(mode fs.FileMode) fs.FileMode {
	if mode.IsDir() || mode&0o111 != 0 {
		return 0o777
	}
	return 0o666
}
