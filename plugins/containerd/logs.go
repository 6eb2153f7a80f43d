package containerd

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/raddeploy/raddeploy/sdk"
)

const (
	maxChunk  = 64 << 10               // bytes of data in a chunk
	lookAgain = 100 * time.Millisecond // how often a log that is followed is looked at
	trimEvery = 5 * time.Second        // how often it is looked whether a log has become too long
)

// A stream's output is one file of the attempt's folder, which the container's
// shim writes: as it is, whoever of us lives. A cursor is a number of bytes
// from its beginning. Of a file that has become too long the beginning is given
// back to the file system, as a hole, so that cursors stay.

// Logs implements [sdk.LogReader].
func (e *Executor) Logs(ctx context.Context, id sdk.AttemptID, request sdk.LogRequest, emit func(sdk.LogChunk) error) error {
	a, err := e.find(ctx, id, nil)
	if err != nil {
		return err
	}
	var at int64
	if request.After != "" {
		if at, err = strconv.ParseInt(string(request.After), 10, 64); err != nil || at < 0 || strconv.FormatInt(at, 10) != string(request.After) {
			return sdk.Errorf(sdk.InvalidArgument, "%q is no cursor of containerd's logs", request.After)
		}
	}
	now := a.View()
	for request.Follow && !now.Running && now.Exit == nil {
		select {
		case <-now.Changed:
		case <-ctx.Done():
			return sdk.Errorf(sdk.Unavailable, "logs of attempt %s: %w", id, ctx.Err())
		}
		now = a.View()
	}
	file, err := os.Open(e.logFile(id, request.Stream))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // there has been no process, so there is no output
	}
	if err != nil {
		return sdk.Errorf(sdk.Unavailable, "logs of attempt %s: %w", id, err)
	}
	defer file.Close()
	reader := logReader{file: file, at: at, emit: emit, trimmed: func() int64 { return e.trimmed(id, request.Stream) }}
	return reader.run(ctx, a, request.Follow)
}

// logReader reads one stream from a place on, which moves as chunks are sent.
type logReader struct {
	file *os.File
	at   int64
	emit func(sdk.LogChunk) error
	// trimmed is how much of the beginning is lost. It is asked for after each
	// read: what was given back meanwhile reads as zeros.
	trimmed func() int64
}

// run reads to the present end or, with follow, to the end of the attempt.
func (r *logReader) run(ctx context.Context, a *attempt, follow bool) error {
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for {
		now := a.View()
		if err := r.drain(ctx); err != nil || !follow || now.Exit != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-now.Changed:
		case <-ctx.Done():
			return sdk.Errorf(sdk.Unavailable, "logs of attempt %s: %w", a.ID, ctx.Err())
		}
	}
}

// drain sends what there is.
func (r *logReader) drain(ctx context.Context) error {
	for {
		r.at = max(r.at, r.trimmed())
		data := make([]byte, maxChunk)
		n, err := r.file.ReadAt(data, r.at)
		if r.trimmed() > r.at {
			continue
		}
		if n == 0 {
			if err == io.EOF {
				return nil
			}
			return sdk.Errorf(sdk.Unavailable, "read logs: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return sdk.Errorf(sdk.Unavailable, "read logs: %w", err)
		}
		chunk := sdk.LogChunk{Data: data[:n], Next: sdk.Cursor(strconv.FormatInt(r.at+int64(n), 10))}
		if info, err := r.file.Stat(); err == nil {
			chunk.Time = info.ModTime() // it was written then, or before
		}
		if err := r.emit(chunk); err != nil {
			return err
		}
		r.at += int64(n)
	}
}

// trimLogs gives the beginnings of logs that have become too long back to the
// file system.
func (e *Executor) trimLogs(id sdk.AttemptID) {
	for _, stream := range []sdk.Stream{sdk.Stdout, sdk.Stderr} {
		e.trim(id, stream, int64(e.config.LogMaxSize))
	}
}

func (e *Executor) logFile(id sdk.AttemptID, stream sdk.Stream) string {
	return filepath.Join(e.folder(id), stream.String())
}

// trimmed is how much of a stream's beginning is given back.
func (e *Executor) trimmed(id sdk.AttemptID, stream sdk.Stream) int64 {
	if n := noted[int64](e, id, noteTrimmed+stream.String()); n != nil {
		return *n
	}
	return 0
}

// trim makes a hole of all but the last bytes of a file, and notes that first.
// Where the file system knows no holes, they are not shown any more all the
// same.
func (e *Executor) trim(id sdk.AttemptID, stream sdk.Stream, keep int64) {
	const page = 4096
	info, err := os.Stat(e.logFile(id, stream))
	if err != nil || info.Size() <= keep {
		return
	}
	lost := (info.Size() - keep) / page * page
	if lost <= e.trimmed(id, stream) || e.write(id, noteTrimmed+stream.String(), lost) != nil {
		return
	}
	file, err := os.OpenFile(e.logFile(id, stream), os.O_RDWR, 0)
	if err != nil {
		return
	}
	defer file.Close()
	_ = unix.Fallocate(int(file.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, 0, lost)
}
