package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/docker/docker/api/types/container"
)

// maxMessage bounds one message of a log. Engines cut lines at 16 KiB; the rest
// is for engines to come.
const maxMessage = 4 << 20

// LogMessage is one message of a container's output: a line with its end, or a
// piece of a long line without.
type LogMessage struct {
	Time time.Time
	Data []byte // valid until the next message is read
	// Ends tells that the message before was the last piece of a line, and that
	// the engine left the line's end out. Pieces of one line have one time.
	Ends bool
}

// Log reads the output of one stream of a container, message by message.
type Log interface {
	// Next returns the next message, or [io.EOF] at the end.
	Next() (LogMessage, error)
	// Buffered tells whether a message can be read without waiting.
	Buffered() bool
	Close() error
}

// streamLog is a log that the engine sends.
type streamLog struct {
	body io.ReadCloser
	in   *bufio.Reader
	buf  []byte
	open time.Time // of the message before, if it had no end
}

// Log opens one stream of a container's output from a time on, inclusive; the
// zero time is the beginning. With follow it ends when the container has ended.
func (e *Engine) Log(ctx context.Context, id string, stderr bool, since time.Time, follow bool) (Log, error) {
	options := container.LogsOptions{ShowStdout: !stderr, ShowStderr: stderr, Timestamps: true, Follow: follow}
	if !since.IsZero() {
		options.Since = fmt.Sprintf("%d.%09d", since.Unix(), since.Nanosecond())
	}
	body, err := e.api.ContainerLogs(ctx, id, options)
	if err != nil {
		return nil, err
	}
	return &streamLog{body: body, in: bufio.NewReaderSize(body, 256<<10)}, nil
}

func (l *streamLog) Close() error { return l.body.Close() }

func (l *streamLog) Buffered() bool {
	if l.in.Buffered() < 8 {
		return false
	}
	header, err := l.in.Peek(8)
	return err == nil && l.in.Buffered() >= 8+int(binary.BigEndian.Uint32(header[4:]))
}

// Each message is a frame: one byte for the stream (1 stdout, 2 stderr, 3 the
// engine's own trouble), three of nothing, four for the length, then the time,
// a space, and the bytes.
func (l *streamLog) Next() (LogMessage, error) {
	var header [8]byte
	if _, err := io.ReadFull(l.in, header[:]); err != nil {
		return LogMessage{}, err
	}
	size := int(binary.BigEndian.Uint32(header[4:]))
	if size > maxMessage {
		return LogMessage{}, fmt.Errorf("docker's log has a message of %d bytes", size)
	}
	if cap(l.buf) < size {
		l.buf = make([]byte, size)
	}
	frame := l.buf[:size]
	if _, err := io.ReadFull(l.in, frame); err != nil {
		return LogMessage{}, errors.Join(io.ErrUnexpectedEOF, err)
	}
	if header[0] == 3 {
		return LogMessage{}, fmt.Errorf("docker cannot read its log: %s", bytes.TrimSpace(frame))
	}
	stamp, data, ok := bytes.Cut(frame, []byte(" "))
	if !ok {
		return LogMessage{}, errors.New("docker's log has a message without a time")
	}
	at, err := time.Parse(time.RFC3339Nano, string(stamp))
	if err != nil {
		return LogMessage{}, fmt.Errorf("docker's log has a message without a time: %w", err)
	}
	message := LogMessage{Time: at, Data: data, Ends: !l.open.IsZero() && !l.open.Equal(at)}
	l.open = time.Time{}
	if !bytes.HasSuffix(data, []byte("\n")) {
		l.open = at
	}
	return message, nil
}
