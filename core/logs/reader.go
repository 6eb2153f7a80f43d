package logs

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// Reader reads the file of one stream from its beginning. It may be ahead of
// the writer: then Next says io.EOF, and later goes on.
type Reader struct {
	path   string
	file   *os.File
	offset int64
}

// Open returns a reader of a file, which need not exist yet.
func Open(path string) *Reader { return &Reader{path: path} }

// Next returns the next piece, or io.EOF if there is none at present.
func (r *Reader) Next() (Frame, error) {
	if r.file == nil {
		file, err := os.Open(r.path)
		if errors.Is(err, fs.ErrNotExist) {
			return Frame{}, io.EOF
		}
		if err != nil {
			return Frame{}, err
		}
		r.file = file
	}
	frame, size, err := readFrame(io.NewSectionReader(r.file, r.offset, headerSize+maxCursor+MaxData))
	r.offset += size
	return frame, err
}

// Close releases the file.
func (r *Reader) Close() error {
	if r.file == nil {
		return nil
	}
	return r.file.Close()
}
