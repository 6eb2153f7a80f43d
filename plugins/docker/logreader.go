package docker

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// maxChunk bounds the data of one chunk.
const maxChunk = 64 << 10

// logReader reads one stream of a container's output from a place on, which moves as chunks are sent.
type logReader struct {
	e         *Executor
	container string
	stderr    bool
	at        place
	emit      func(sdk.LogChunk) error
	chunk     sdk.LogChunk
}

// read reads to the present end or, with follow, to the end of the process.
func (r *logReader) read(ctx context.Context, follow bool) error {
	log, err := r.e.engine.Log(ctx, r.container, r.stderr, r.at.time, follow)
	if err != nil {
		return err
	}
	defer log.Close()
	skip := r.at
	seen := 0 // messages of that place's time
	for {
		message, err := log.Next()
		if errors.Is(err, io.EOF) {
			return r.flush()
		}
		if err != nil {
			return errors.Join(r.flush(), err)
		}
		data := message.Data
		if message.Time.Equal(skip.time) {
			if seen++; seen <= skip.count {
				continue
			}
			if seen == skip.count+1 {
				data = data[min(skip.bytes, len(data)):]
			}
		}
		if err := r.add(message.Time, data, len(message.Data)-len(data)); err != nil {
			return err
		}
		if !log.Buffered() {
			if err := r.flush(); err != nil {
				return err
			}
		}
	}
}

// add appends a message, or what is left of it behind the offset, to the chunk, and moves the place.
func (r *logReader) add(at time.Time, data []byte, offset int) error {
	if !at.Equal(r.at.time) {
		r.at = place{time: at}
	}
	for len(data) > 0 {
		if len(r.chunk.Data) == 0 {
			r.chunk = sdk.LogChunk{Time: at, Data: make([]byte, 0, min(max(len(data), 4<<10), maxChunk))}
		}
		n := min(len(data), maxChunk-len(r.chunk.Data))
		r.chunk.Data = append(r.chunk.Data, data[:n]...)
		data, offset = data[n:], offset+n
		r.at.bytes = offset
		if len(r.chunk.Data) == maxChunk {
			if err := r.flush(); err != nil {
				return err
			}
		}
	}
	r.at.count, r.at.bytes = r.at.count+1, 0
	return nil
}

// flush sends the chunk.
func (r *logReader) flush() error {
	if len(r.chunk.Data) == 0 {
		return nil
	}
	chunk := r.chunk
	chunk.Next = r.at.cursor()
	r.chunk = sdk.LogChunk{}
	return r.emit(chunk)
}
