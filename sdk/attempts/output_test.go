package attempts

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

func TestOutputIsSentInChunks(t *testing.T) {
	t.Parallel()
	all := bytes.Repeat([]byte("0123456789"), 20000)
	var got []byte
	at, err := Send(bytes.NewReader(all[7:]), 7, time.Time{}, func(c sdk.LogChunk) error {
		got = append(got, c.Data...)
		if place, err := Place(c.Next); err != nil || place != int64(7+len(got)) || len(c.Data) > MaxChunk {
			t.Errorf("a chunk of %d bytes, %q: %v", len(c.Data), c.Next, err)
		}
		return nil
	})
	if err != nil || at != int64(len(all)) || !bytes.Equal(got, all[7:]) {
		t.Errorf("%d bytes to %d: %v", len(got), at, err)
	}
}

func TestOutputThatBreaksOff(t *testing.T) {
	t.Parallel()
	broken := io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(errors.New("no disk")))
	if at, err := Send(broken, 1, time.Time{}, func(sdk.LogChunk) error { return nil }); at != 4 || sdk.KindOf(err) != sdk.Unavailable {
		t.Errorf("%d, %v", at, err)
	}
	enough := errors.New("enough")
	if _, err := Send(strings.NewReader("abc"), 0, time.Time{}, func(sdk.LogChunk) error { return enough }); err != enough {
		t.Errorf("what emit returned: %v", err)
	}
}

func TestPlace(t *testing.T) {
	t.Parallel()
	for cursor, want := range map[sdk.Cursor]int64{"": 0, "0": 0, "12": 12} {
		if got, err := Place(cursor); err != nil || got != want {
			t.Errorf("%q: %d, %v", cursor, got, err)
		}
	}
	for _, cursor := range []sdk.Cursor{"x", "-1", "01", "1 ", "99999999999999999999"} {
		if _, err := Place(cursor); sdk.KindOf(err) != sdk.InvalidArgument {
			t.Errorf("%q: %v", cursor, err)
		}
	}
}
