package logs

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Writer appends to the file of one stream.
type Writer struct {
	path   string
	file   *os.File
	cursor string
	whole  int64 // bytes of whole frames
	buffer []byte

	openLine  bool // the last byte ends no line
	continued bool // an earlier agent has written
	grew      bool // so has this one
}

// New makes a writer of a stream that has no file yet. The first frame makes it.
func New(path string) *Writer { return &Writer{path: path} }

// Append opens a file for writing behind its last whole frame. If there is
// none, the first frame makes it.
func Append(path string) (*Writer, error) {
	w := New(path)
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return w, nil // most streams stay empty: they get no file
	}
	if err != nil {
		return nil, err
	}
	w.file, w.continued = file, true
	if err := w.seek(); err != nil {
		file.Close()
		return nil, fmt.Errorf("continue log %s: %w", path, err)
	}
	return w, nil
}

// seek goes behind the last whole frame and cuts off what a crash left of the next.
func (w *Writer) seek() error {
	r := bufio.NewReader(w.file)
	for {
		frame, size, err := readFrame(r)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		w.whole, w.cursor = w.whole+size, frame.Cursor
		w.ends(frame.Data)
	}
	if err := w.file.Truncate(w.whole); err != nil {
		return err
	}
	return w.rewind()
}

// rewind goes behind the last whole frame.
func (w *Writer) rewind() error {
	_, err := w.file.Seek(w.whole, io.SeekStart)
	return err
}

// Cursor returns the executor's cursor behind what has been written, or "" at
// the beginning.
func (w *Writer) Cursor() string { return w.cursor }

// Write appends one piece.
func (w *Writer) Write(f Frame) error {
	b, err := appendFrame(w.buffer[:0], f)
	if err != nil {
		return err
	}
	w.buffer = b
	if w.file == nil {
		if w.file, err = os.OpenFile(w.path, os.O_WRONLY|os.O_CREATE, 0o640); err != nil {
			return err
		}
	}
	if _, err := w.file.Write(b); err != nil {
		// a torn frame would hide those behind it
		return errors.Join(err, w.file.Truncate(w.whole), w.rewind())
	}
	w.cursor, w.whole, w.grew = f.Cursor, w.whole+int64(len(b)), true
	w.ends(f.Data)
	return nil
}

// Size returns how many bytes the file has.
func (w *Writer) Size() uint64 { return uint64(w.whole) }

func (w *Writer) ends(data []byte) {
	if len(data) > 0 {
		w.openLine = data[len(data)-1] != '\n'
	}
}

// Close closes the file.
func (w *Writer) Close() error {
	if w.file == nil {
		return nil
	}
	return w.file.Close()
}
