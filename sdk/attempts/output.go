package attempts

import (
	"io"
	"strconv"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// MaxChunk is how many bytes of output go into one chunk at most.
const MaxChunk = 64 << 10

// Place reads a cursor that is a number of bytes, as [Send] makes them. "" is
// the beginning.
func Place(cursor sdk.Cursor) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	at, err := strconv.ParseInt(string(cursor), 10, 64)
	if err != nil || at < 0 || cursorAt(at) != cursor {
		return 0, sdk.Errorf(sdk.InvalidArgument, "%q is no cursor of this output", cursor)
	}
	return at, nil
}

func cursorAt(at int64) sdk.Cursor { return sdk.Cursor(strconv.FormatInt(at, 10)) }

// Send sends all that there is of a stream of output, whose first byte is the
// one at a place, and returns the place behind it. It was written at a time; the
// zero time is unknown. An error of emit is returned as it is.
func Send(output io.Reader, at int64, written time.Time, emit func(sdk.LogChunk) error) (int64, error) {
	for {
		data := make([]byte, MaxChunk)
		n, err := output.Read(data)
		if n > 0 {
			at += int64(n)
			if err := emit(sdk.LogChunk{Time: written, Data: data[:n], Next: cursorAt(at)}); err != nil {
				return at, err
			}
		}
		if err == io.EOF {
			return at, nil
		}
		if err != nil {
			return at, sdk.Errorf(sdk.Unavailable, "read output: %w", err)
		}
	}
}
