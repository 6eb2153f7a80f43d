package docker

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/api"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// lookAgain is how often a log file that is followed is looked at.
const lookAgain = 100 * time.Millisecond

// logReader reads one stream of a container's output from a place on, which
// moves as chunks are sent.
type logReader struct {
	backend   *backend
	container string
	stderr    bool
	at        place
	skip      place // where the reading of the present log begins
	seen      int   // messages of that place's time in the present log
	emit      func(sdk.LogChunk) error
	chunk     sdk.LogChunk
}

// run reads to the present end or, if asked to follow, to the end of the
// attempt: from the engine's files where they can be read, else through its API.
func (r *logReader) run(ctx context.Context, request engine.LogRequest) error {
	file, err := r.backend.openLogFile(ctx, r.container, r.stderr, r.at.time)
	if err != nil {
		return r.stream(ctx, request.Follow)
	}
	defer file.Close()
	r.begin()
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for {
		over := !request.Follow
		select {
		case <-request.Ended:
			over = true
		default:
		}
		err := r.drain(file)
		if errors.Is(err, api.ErrForeignLog) {
			return r.stream(ctx, request.Follow)
		}
		if err != nil || over {
			return err
		}
		select {
		case <-tick.C:
		case <-request.Ended:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// stream reads through the engine's API, which ends a stream that is followed at
// the end of the process, or at its own.
func (r *logReader) stream(ctx context.Context, follow bool) error {
	log, err := r.backend.api.Log(ctx, r.container, r.stderr, r.at.time, follow)
	if err != nil {
		return err
	}
	defer log.Close()
	r.begin()
	return r.drain(log)
}

func (r *logReader) begin() { r.skip, r.seen = r.at, 0 }

// drain reads a log to its present end.
func (r *logReader) drain(log api.Log) error {
	for {
		message, err := log.Next()
		if errors.Is(err, io.EOF) {
			return r.flush()
		}
		if err != nil {
			return errors.Join(r.flush(), err)
		}
		if err := r.take(message); err != nil {
			return err
		}
		if !log.Buffered() {
			if err := r.flush(); err != nil {
				return err
			}
		}
	}
}

// take adds what is behind the place where the reading began.
func (r *logReader) take(m api.LogMessage) error {
	offset := 0
	if r.seen >= 0 && !r.skip.time.IsZero() {
		switch {
		case m.Time.Before(r.skip.time):
			return nil
		case m.Time.After(r.skip.time):
			// the place is behind: from here on everything counts, even if the
			// engine's clock was set back
			r.seen = -1
		default:
			if r.seen++; r.seen <= r.skip.count {
				return nil
			}
			if r.seen == r.skip.count+1 {
				offset = min(r.skip.bytes, len(m.Data))
			}
		}
	}
	if m.Ends && offset == 0 {
		// it stays together with what follows, because no cursor lies between them
		if len(r.chunk.Data) >= attempts.MaxChunk-1 {
			if err := r.flush(); err != nil {
				return err
			}
		}
		r.append(m.Time, []byte("\n"))
	}
	return r.add(m.Time, m.Data[offset:], offset)
}

// add appends a message, or what is left of it behind the offset, to the chunk,
// and moves the place.
func (r *logReader) add(at time.Time, data []byte, offset int) error {
	if !at.Equal(r.at.time) {
		r.at = place{time: at}
	}
	for len(data) > 0 {
		n := min(len(data), attempts.MaxChunk-len(r.chunk.Data))
		r.append(at, data[:n])
		data, offset = data[n:], offset+n
		r.at.bytes = offset
		if len(r.chunk.Data) == attempts.MaxChunk {
			if err := r.flush(); err != nil {
				return err
			}
		}
	}
	r.at.count, r.at.bytes = r.at.count+1, 0
	return nil
}

func (r *logReader) append(at time.Time, data []byte) {
	if r.chunk.Data == nil {
		r.chunk = sdk.LogChunk{Time: at, Data: make([]byte, 0, max(len(data), 4<<10))}
	}
	r.chunk.Data = append(r.chunk.Data, data...)
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
