package containerd

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// A stream's output is one file of the attempt's folder, which the container's
// shim writes: as it is, whoever of us lives. A cursor is a number of bytes
// from its beginning. Of a file that has become too long the beginning is released
// to the file system, as a hole, so that cursors stay.

// Logs implements [engine.Engine].
func (b *backend) Logs(ctx context.Context, c engine.Container, request engine.LogRequest, emit func(sdk.LogChunk) error) error {
	file, err := os.Open(b.logFile(c.Name, request.Stream))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // there has been no process, so there is no output
	}
	if err != nil {
		return err
	}
	defer file.Close()
	return engine.Bytes(ctx, request, emit, func(ctx context.Context, from int64) (engine.Output, error) {
		return b.piece(ctx, file, func() int64 { return b.trimmed(c.Name, request.Stream) }, from)
	})
}

// piece reads one piece of a stream's file. How much of its beginning is lost is
// asked for after the reading: what was released meanwhile reads as zeros.
func (b *backend) piece(ctx context.Context, file *os.File, trimmed func() int64, from int64) (engine.Output, error) {
	data := make([]byte, attempts.MaxChunk)
	for {
		at := max(from, trimmed())
		n, err := file.ReadAt(data, at)
		if trimmed() > at {
			continue
		}
		if n == 0 && err != io.EOF {
			return engine.Output{}, err
		}
		output := engine.Output{ReadCloser: io.NopCloser(bytes.NewReader(data[:n])), At: at}
		if info, err := file.Stat(); err == nil {
			output.Time = info.ModTime() // it was written then, or before
		}
		return output, ctx.Err()
	}
}

// trimLogs releases the beginnings of logs that have become too long to the file
// system.
func (b *backend) trimLogs(name string) {
	for _, stream := range []sdk.Stream{sdk.Stdout, sdk.Stderr} {
		b.trim(name, stream, int64(b.config.LogMaxSize))
	}
}

func (b *backend) logFile(name string, stream sdk.Stream) string {
	return filepath.Join(b.folder(name), stream.String())
}

// trimmed is how much of a stream's beginning is released.
func (b *backend) trimmed(name string, stream sdk.Stream) int64 {
	if n := noted[int64](b, name, noteTrimmed+stream.String()); n != nil {
		return *n
	}
	return 0
}

// trim makes a hole of all but the last bytes of a file, and notes that first.
// Where the file system knows no holes, they are not shown any more all the
// same.
func (b *backend) trim(name string, stream sdk.Stream, keep int64) {
	const page = 4096
	info, err := os.Stat(b.logFile(name, stream))
	if err != nil || info.Size() <= keep {
		return
	}
	lost := (info.Size() - keep) / page * page
	if lost <= b.trimmed(name, stream) || b.write(name, noteTrimmed+stream.String(), lost) != nil {
		return
	}
	file, err := os.OpenFile(b.logFile(name, stream), os.O_RDWR, 0)
	if err != nil {
		return
	}
	defer file.Close()
	_ = unix.Fallocate(int(file.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, 0, lost)
}
