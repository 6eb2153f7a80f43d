package logs

import (
	"encoding/binary"
	"errors"
	"io"
	"time"
)

// Frame is one piece of a stream.
type Frame struct {
	Time   time.Time
	Data   []byte
	Cursor string // where the executor goes on behind it
}

// headerSize is the length of what stands before a frame's cursor and data:
// time (8), cursor length (2), data length (4).
const headerSize = 14

// Longest parts of a frame, in bytes.
const (
	MaxData   = 1 << 20
	maxCursor = 1<<16 - 1
)

func appendFrame(b []byte, f Frame) ([]byte, error) {
	if len(f.Data) > MaxData || len(f.Cursor) > maxCursor {
		return nil, errors.New("log piece is too long")
	}
	b = binary.BigEndian.AppendUint64(b, uint64(f.Time.UnixNano()))
	b = binary.BigEndian.AppendUint16(b, uint16(len(f.Cursor)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(f.Data)))
	b = append(b, f.Cursor...)
	return append(b, f.Data...), nil
}

// readFrame reads the next frame. At the end, or where the rest is not a whole
// frame, the error is io.EOF.
func readFrame(r io.Reader) (f Frame, size int64, err error) {
	var header [headerSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return f, 0, end(err)
	}
	f.Time = time.Unix(0, int64(binary.BigEndian.Uint64(header[:])))
	cursor, data := int(binary.BigEndian.Uint16(header[8:])), int(binary.BigEndian.Uint32(header[10:]))
	if data > MaxData {
		return f, 0, io.EOF // not a frame of ours: a torn write
	}
	rest := make([]byte, cursor+data)
	if _, err := io.ReadFull(r, rest); err != nil {
		return f, 0, end(err)
	}
	f.Cursor, f.Data = string(rest[:cursor]), rest[cursor:]
	return f, int64(headerSize + len(rest)), nil
}

func end(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return io.EOF
	}
	return err
}
