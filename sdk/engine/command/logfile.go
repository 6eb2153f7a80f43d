package command

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// Output is an engine's Logs of a file in the format of Kubernetes' container
// runtimes: that of podman's log driver k8s-file, and cri-o's. Each line is a
// time, the stream, F for a whole line of output or P for a part of one, and the
// output; it is not longer than a chunk. A cursor is a number of bytes of the
// file. A file that is not there has no output yet.
func Output(path string, request engine.LogRequest, emit func(sdk.LogChunk) error) error {
	at, err := attempts.Place(request.After)
	if err != nil {
		return err
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.Seek(at, io.SeekStart); err != nil {
		return err
	}
	var ready sdk.LogChunk // of several lines, since a cursor for each costs more than the lines
	flush := func() error {
		if len(ready.Data) == 0 {
			return nil
		}
		chunk := ready
		ready = sdk.LogChunk{}
		return emit(chunk)
	}
	for lines := bufio.NewReaderSize(file, attempts.MaxChunk); ; {
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, io.EOF) { // the rest of the line has not been written
			return flush()
		} else if err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		at += int64(len(line))
		stream, output, when, err := parse(line)
		if err != nil {
			return fmt.Errorf("read %s: before byte %d: %w", path, at, err)
		}
		if stream != request.Stream.String() {
			continue
		}
		if len(ready.Data)+len(output) > attempts.MaxChunk {
			if err := flush(); err != nil {
				return err
			}
		}
		if len(ready.Data) == 0 {
			ready.Time = when
		}
		ready.Data = append(ready.Data, output...)
		ready.Next = sdk.Cursor(strconv.FormatInt(at, 10))
	}
}

// parse reads one line of a file of output.
func parse(line []byte) (stream string, output []byte, when time.Time, err error) {
	fields := bytes.SplitN(line, []byte(" "), 4)
	if len(fields) < 4 {
		return "", nil, when, errors.New("the line has no stream or no output")
	}
	if when, err = time.Parse(time.RFC3339Nano, string(fields[0])); err != nil {
		return "", nil, when, errors.New("the line does not begin with a time")
	}
	output = fields[3]
	if string(fields[2]) == "P" {
		output = bytes.TrimSuffix(output, []byte("\n"))
	}
	return string(fields[1]), output, when, nil
}
