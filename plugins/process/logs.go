package process

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
	"time"

	"github.com/raddeploy/raddeploy/plugins/process/internal/attempt"
	"github.com/raddeploy/raddeploy/sdk"
)

// chunk is the most that the contract allows in one piece.
const chunk = 64 << 10

// Logs sends a stream from its file. The cursor is the number of bytes before it.
func (e *Executor) Logs(ctx context.Context, id sdk.AttemptID, request sdk.LogRequest, emit func(sdk.LogChunk) error) error {
	name := attempt.StdoutFile
	if request.Stream == sdk.Stderr {
		name = attempt.StderrFile
	}
	var offset int64
	if request.After != "" {
		var err error
		if offset, err = strconv.ParseInt(string(request.After), 10, 64); err != nil || offset < 0 {
			return sdk.Errorf(sdk.InvalidArgument, "%q is not a cursor of this executor", request.After)
		}
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
	for {
		data := make([]byte, chunk)
		n, err := file.ReadAt(data, offset)
		if n > 0 {
			offset += int64(n)
			piece := sdk.LogChunk{Data: data[:n], Next: sdk.Cursor(strconv.FormatInt(offset, 10))}
			if fresh {
				piece.Time = time.Now()
			}
			if err := emit(piece); err != nil {
				return offset, err
			}
		}
		if errors.Is(err, io.EOF) {
			return offset, nil
		}
		if err != nil {
			return offset, &os.PathError{Op: "read", Path: name, Err: err}
		}
	}
}
