package docker

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/engine"
	"github.com/raddeploy/raddeploy/sdk"
)

const (
	maxChunk  = 64 << 10               // bytes of data in a chunk
	lookAgain = 100 * time.Millisecond // how often a log file that is followed is looked at
)

// logReader reads one stream of a container's output from a place on, which
// moves as chunks are sent.
type logReader struct {
	stderr  bool
	at      place
	skip    place // where the reading of the present log begins
	seen    int   // messages of that place's time in the present log
	emit    func(sdk.LogChunk) error
	chunk   sdk.LogChunk
	refused error // what emit returned
}

// run reads to the present end or, with follow, to the end of the attempt: from
// the engine's files where they can be read, else through its API.
func (r *logReader) run(ctx context.Context, a *attempt, follow bool) error {
	file, err := a.e.openLogFile(ctx, a.containerID(), r.stderr, r.at.time)
	if err != nil {
		return r.runStream(ctx, a, follow)
	}
	defer file.Close()
	r.begin()
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for {
		now := a.View()
		err := r.drain(file)
		if errors.Is(err, engine.ErrForeignLog) {
			return r.runStream(ctx, a, follow)
		}
		if err != nil || !follow || now.Exit != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-now.Changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// openLogFile opens the engine's own file, if the engine is on this host and
// lets this process read it.
func (e *Executor) openLogFile(ctx context.Context, id string, stderr bool, since time.Time) (*engine.LogFile, error) {
	info, err := e.info(ctx)
	if err != nil {
		return nil, err
	}
	if !e.engine.OnThisHost() || info.Root == "" || e.config.Mounts == "copy" {
		return nil, os.ErrNotExist
	}
	return engine.OpenLogFile(info.Root, id, stderr, since)
}

func (r *logReader) runStream(ctx context.Context, a *attempt, follow bool) error {
	now := a.View()
	if follow && now.Exit == nil {
		if err := r.stream(ctx, a, true); err != nil {
			return err
		}
		select { // the engine ends the stream at the end of the process, or at its own
		case <-a.Done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return r.stream(ctx, a, false)
}

func (r *logReader) stream(ctx context.Context, a *attempt, follow bool) error {
	log, err := a.e.engine.Log(ctx, a.containerID(), r.stderr, r.at.time, follow)
	if err != nil {
		return err
	}
	defer log.Close()
	r.begin()
	return r.drain(log)
}

func (r *logReader) begin() { r.skip, r.seen = r.at, 0 }

// drain reads a log to its present end.
func (r *logReader) drain(log engine.Log) error {
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
func (r *logReader) take(m engine.LogMessage) error {
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
		if len(r.chunk.Data) >= maxChunk-1 {
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
		n := min(len(data), maxChunk-len(r.chunk.Data))
		r.append(at, data[:n])
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
	r.refused = r.emit(chunk)
	return r.refused
}
