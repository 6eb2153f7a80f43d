package logs

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

// Writer appends to the file of one stream.
type Writer struct {
	file   *os.File
	cursor string
	whole  int64 // bytes of whole frames
	buffer []byte
}

// Append opens a file for writing behind its last whole frame, or makes it.
func Append(path string) (*Writer, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, err
	}
	w := &Writer{file: file}
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

// Cursor returns the executor's cursor behind what has been written, or "" at the beginning.
func (w *Writer) Cursor() string { return w.cursor }

// Write appends one piece.
func (w *Writer) Write(f Frame) error {
	b, err := appendFrame(w.buffer[:0], f)
	if err != nil {
		return err
	}
	w.buffer = b
	if _, err := w.file.Write(b); err != nil {
		return errors.Join(err, w.file.Truncate(w.whole), w.rewind()) // a torn frame would hide those behind it
	}
	w.cursor, w.whole = f.Cursor, w.whole+int64(len(b))
	return nil
}

// Close closes the file.
func (w *Writer) Close() error { return w.file.Close() }
