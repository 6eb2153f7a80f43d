package spool

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"syscall"

	"github.com/raddeploy/raddeploy/core/redact"
)

// Removed is what a removal did. Files that were gone already count for nothing.
type Removed struct {
	Files int
	Bytes int64 // that the disk has got back: files with another name count for nothing
	// Kept is how many files and folders could not be removed, and Err why the
	// first of them could not. It names no file.
	Kept int
	Err  error
}

// Step is called between two files. An error ends the removal there; Removed.Err
// is that error then.
type Step func() error

// remover removes files below a folder and never any that is elsewhere: no link
// leads it out. Models may have run as any user, and made folders that not even
// their owner may read.
type remover struct {
	root    *os.Root
	which   func(name string) bool // the files to remove
	step    Step
	done    Removed
	stopped error // by step
}

func newRemover(folder string, step Step) (*remover, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	return &remover{root: root, which: func(string) bool { return true }, step: step}, nil
}

// result makes the removal durable: its record goes after that.
func (r *remover) result(folder string) Removed {
	switch {
	case r.stopped != nil:
		r.done.Err = r.stopped
	case r.done.Err == nil:
		r.done.Err = redact.Paths(SyncDir(folder))
	}
	return r.done
}

// tree removes the wanted files of a tree, and the folders that are empty then.
// It reports whether nothing is left.
func (r *remover) tree(name string) bool {
	info, err := r.root.Lstat(name)
	switch {
	case r.stopped != nil:
		return false
	case errors.Is(err, fs.ErrNotExist):
		return true
	case err != nil:
		return r.keep(err)
	case !info.IsDir():
		return r.which(name) && r.file(name)
	}
	entries, err := r.list(name)
	if err != nil {
		return r.keep(err)
	}
	empty := true
	for _, entry := range entries {
		empty = r.tree(path.Join(name, entry)) && empty
	}
	if !empty {
		return false
	}
	if err := r.unlink(name); err != nil {
		return r.keep(err)
	}
	return true
}

// logs removes the logs of a run. Empty outputs beside them stay: they can be
// needed still.
func (r *remover) logs(id string, sure func() error) {
	attempts, err := r.list(id)
	if err != nil {
		r.keep(err)
	}
	if r.stopped = sure(); r.stopped != nil {
		return
	}
	for _, attempt := range attempts {
		if !isTry(attempt) {
			continue
		}
		folder := path.Join(id, attempt)
		for _, stream := range []string{"stdout", "stderr"} {
			if r.stopped == nil {
				r.file(path.Join(folder, stream))
			}
		}
		_ = r.root.Remove(folder) // it is not empty
	}
	_ = r.root.Remove(id) // it is not empty
}

// list names what is in a folder. One that may not be read is made readable, if
// it is ours.
func (r *remover) list(name string) ([]string, error) {
	read := func() ([]string, error) {
		dir, err := r.root.OpenFile(name, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
		if err != nil {
			return nil, err
		}
		defer dir.Close()
		return dir.Readdirnames(-1)
	}
	names, err := read()
	if errors.Is(err, fs.ErrPermission) && r.root.Chmod(name, 0o700) == nil {
		names, err = read()
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return names, err
}

// file removes one file, and reports whether it is gone.
func (r *remover) file(name string) bool {
	info, err := r.root.Lstat(name)
	if err == nil {
		err = r.unlink(name)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return true
	case err != nil:
		return r.keep(err)
	}
	r.done.Files++
	if stat, ok := info.Sys().(*syscall.Stat_t); !ok || stat.Nlink <= 1 {
		r.done.Bytes += info.Size()
	}
	if r.stopped == nil {
		r.stopped = r.step()
	}
	return true
}

// unlink removes a file or an empty folder. The folder around it is made
// writable, if it is ours and is not.
func (r *remover) unlink(name string) error {
	err := r.root.Remove(name)
	if folder := path.Dir(name); errors.Is(err, fs.ErrPermission) && folder != "." && r.root.Chmod(folder, 0o700) == nil {
		err = r.root.Remove(name)
	}
	return err
}

// keep counts what could not be removed.
func (r *remover) keep(err error) bool {
	r.done.Kept++
	if r.done.Err == nil {
		r.done.Err = redact.Paths(err)
	}
	return false
}
