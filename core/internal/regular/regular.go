// Package regular opens and reads regular files alone, within bounds. What
// people put beside their configuration may be a pipe that nobody writes to, a
// device or a file without an end; to open or read such a thing would stop the
// program, or fill its memory.
package regular

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Open opens a regular file for reading and does not wait for anything. It
// returns an error that says what else is at the path.
func Open(path string) (*os.File, error) {
	return open(path, func() (fs.FileInfo, error) { return os.Stat(path) }, func() (*os.File, error) {
		return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	})
}

// Read returns what a regular file holds, or an error if that is more than limit
// bytes.
func Read(path string, limit int64) ([]byte, error) {
	file, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readAll(file, limit)
}

// ReadBelow is Read for a path in a folder or below. It follows no link that
// leads out of the folder.
func ReadBelow(folder, path string, limit int64) ([]byte, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	file, err := open(path, func() (fs.FileInfo, error) { return root.Stat(path) }, func() (*os.File, error) {
		return root.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	})
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readAll(file, limit)
}

// readAll reads what is there now, to the end or to one byte beyond the limit.
func readAll(file *os.File, limit int64) ([]byte, error) {
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(present{raw}, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("it has more than %d bytes", limit)
	}
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: file.Name(), Err: err}
	}
	return text, nil
}

// open looks at what is there before it opens it, because opening alone may
// start a device, and again afterwards, because it may have been replaced.
func open(path string, look func() (fs.FileInfo, error), open func() (*os.File, error)) (*os.File, error) {
	info, err := look()
	if err == nil {
		err = check(path, info)
	}
	if err != nil {
		return nil, err
	}
	file, err := open()
	if err != nil {
		return nil, err
	}
	if info, err = file.Stat(); err == nil {
		err = check(path, info)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func check(path string, info fs.FileInfo) error {
	if info.Mode().IsRegular() {
		return nil
	}
	kind := "something else"
	switch mode := info.Mode(); {
	case mode.IsDir():
		kind = "a folder"
	case mode&fs.ModeNamedPipe != 0:
		kind = "a named pipe"
	case mode&fs.ModeSocket != 0:
		kind = "a socket"
	case mode&fs.ModeDevice != 0:
		kind = "a device"
	}
	return &fs.PathError{Op: "open", Path: path, Err: fmt.Errorf("it is %s, not a regular file", kind)}
}

// present reads what is there now. Some files of the kernel call themselves
// regular and wait for what will be written to them.
type present struct{ syscall.RawConn }

func (p present) Read(b []byte) (n int, err error) {
	raw := p.RawConn.Read(func(fd uintptr) bool {
		for {
			if n, err = syscall.Read(int(fd), b); err != syscall.EINTR {
				return true
			}
		}
	})
	switch {
	case raw != nil:
		return 0, raw
	case errors.Is(err, syscall.EAGAIN):
		return 0, errors.New("it has no end")
	case err != nil:
		return 0, err
	case n == 0 && len(b) > 0:
		return 0, io.EOF
	}
	return n, nil
}
