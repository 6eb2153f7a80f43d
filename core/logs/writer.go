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
	var whole int64
	r := bufio.NewReader(w.file)
	for {
		frame, size, err := readFrame(r)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		whole, w.cursor = whole+size, frame.Cursor
	}
	if err := w.file.Truncate(whole); err != nil {
		return err
	}
	_, err := w.file.Seek(whole, io.SeekStart)
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
		return err
	}
	w.cursor = f.Cursor
	return nil
}

// Close closes the file.
func (w *Writer) Close() error { return w.file.Close() }
