package slurm

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/job"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
)

const (
	// Between two looks at a file that is being written. Each look opens it
	// again, so that a network file system asks its server.
	firstLook, lastLook = 50 * time.Millisecond, time.Second
)

// Logs implements [sdk.LogReader]. A cursor is a number of bytes.
func (e *Executor) Logs(ctx context.Context, id sdk.AttemptID, request sdk.LogRequest, emit func(sdk.LogChunk) error) error {
	a, err := e.find(ctx, id)
	if err != nil {
		return err
	}
	at, err := attempts.Place(request.After)
	if err != nil {
		return err
	}
	file := a.folder.Path(job.StdoutFile)
	if request.Stream == sdk.Stderr {
		file = a.folder.Path(job.StderrFile)
	}
	wait := firstLook
	var trimmed int64  // how much of the file is given back
	var late time.Time // when the end is waited for no longer
	for {
		exit := a.View().Exit != nil // looked at first: what was written before it is there then
		before := at
		if at, err = send(file, at, emit); err != nil {
			return err
		}
		if request.Follow {
			trimmed = trim(file, trimmed, at-int64(e.config.LogSize))
		}
		switch {
		case !request.Follow:
			return nil
		case exit && late.IsZero():
			late = time.Now().Add(e.config.Settle)
		}
		if exit && (at >= a.written(request.Stream) || time.Now().After(late)) {
			return nil
		}
		if wait = min(2*wait, lastLook); at > before {
			wait = firstLook
		}
		if err := pause(ctx, wait); err != nil {
			return sdk.Errorf(sdk.Unavailable, "logs of attempt %s: %w", id, err)
		}
	}
}

// send sends what is in the file from a place on, and returns the place behind it.
func send(file string, at int64, emit func(sdk.LogChunk) error) (int64, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return at, nil
	}
	if err != nil {
		return at, asError(err, "read a log")
	}
	defer f.Close()
	at = max(at, firstData(f, at))
	return attempts.Send(io.NewSectionReader(f, at, math.MaxInt64-at), at, time.Time{}, emit)
}

// trimStep is the least that is given back at once.
const trimStep = 16 << 20

// trim gives the beginning of a log back to the file system, as a hole, so that
// places in it stay: up to a place before which all has been sent. It returns
// how much is given back by now. Where the file system knows no holes, the file
// stays as it is.
func trim(file string, before, upTo int64) int64 {
	if upTo < before+trimStep {
		return before
	}
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return before
	}
	defer f.Close()
	_ = unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, 0, upTo)
	return upTo
}

// firstData is where something is in a log from a place on that may be given
// back.
func firstData(f *os.File, at int64) int64 {
	there, err := unix.Seek(int(f.Fd()), at, unix.SEEK_DATA)
	if err != nil {
		return at // its end, or a file system that knows no holes
	}
	return there
}

// written is how many bytes of a stream there are, as the script counted them
// at the end.
func (a *attempt) written(stream sdk.Stream) int64 {
	r, _ := a.folder.ReadRecord()
	if stream == sdk.Stderr {
		return r.Stderr
	}
	return r.Stdout
}
