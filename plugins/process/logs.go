package process

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"math"
	"time"

	"github.com/raddeploy/raddeploy/plugins/process/internal/attempt"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
)

// Logs sends a stream from its file. The cursor is the number of bytes before it.
func (e *Executor) Logs(ctx context.Context, id sdk.AttemptID, request sdk.LogRequest, emit func(sdk.LogChunk) error) error {
	name := attempt.StdoutFile
	if request.Stream == sdk.Stderr {
		name = attempt.StderrFile
	}
	offset, err := attempts.Place(request.After)
	if err != nil {
		return err
	}
	folder, status, err := e.find(id)
	if err != nil {
		return err
	}
	defer folder.Close()
	for seen := false; ; seen = true {
		// asked before reading: what is written after is read the next time round
		ended := status.Exit != nil
		if offset, err = send(folder, name, offset, seen, emit); err != nil {
			return err
		}
		if ended || !request.Follow {
			return nil
		}
		if _, err := wait(ctx, status.Process, glanceMax); err != nil {
			return err
		}
		if status, err = folder.Status(); err != nil {
			return sdk.Errorf(sdk.Unavailable, "look at attempt %s: %w", id, err)
		}
	}
}

// send sends what a file holds beyond offset. If all of it was written just
// now, fresh says so.
func send(folder attempt.Folder, name string, offset int64, fresh bool, emit func(sdk.LogChunk) error) (int64, error) {
	file, err := folder.Root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return offset, nil // the command has not been started
	}
	if err != nil {
		return offset, err
	}
	defer file.Close()
	var written time.Time
	if fresh {
		written = time.Now()
	}
	return attempts.Send(io.NewSectionReader(file, offset, math.MaxInt64-offset), offset, written, emit)
}
