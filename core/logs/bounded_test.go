package logs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// bounded is a log that tells a story.
type bounded struct {
	*Bounded
	t    *testing.T
	path string
	full error // of the disk
	lost []string
}

func newBounded(t *testing.T, limit uint64) *bounded {
	t.Helper()
	b := &bounded{t: t, path: filepath.Join(t.TempDir(), "stdout")}
	b.open(limit)
	return b
}

// open is what a new agent does.
func (b *bounded) open(limit uint64) {
	b.t.Helper()
	w, err := Append(b.path)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = w.Close() })
	b.Bounded = &Bounded{Writer: w, Limit: limit, Room: func() error { return b.full }, Lost: func(why error) { b.lost = append(b.lost, why.Error()) }}
}

// print prints lines on from where the executor is asked to go on.
func (b *bounded) print(lines int) {
	from := 0
	if cursor := b.Cursor(); cursor != "" {
		_, _ = fmt.Sscan(cursor, &from)
	}
	for i := from + 1; i <= from+lines; i++ {
		b.Write(Frame{Data: fmt.Appendf(nil, "line %d\n", i), Cursor: fmt.Sprint(i)})
	}
}

func (b *bounded) read() string {
	b.t.Helper()
	r := Open(b.path)
	defer r.Close()
	var text strings.Builder
	for {
		frame, err := r.Next()
		if errors.Is(err, io.EOF) {
			return text.String()
		}
		if err != nil {
			b.t.Fatal(err)
		}
		text.Write(frame.Data)
	}
}

func (b *bounded) holds(want string) {
	b.t.Helper()
	if got := b.read(); got != want {
		b.t.Errorf("the log holds\n%s\nwant\n%s", got, want)
	}
}

const atLimit = "raddeploy: the log of this stream has reached its limit of 50B, which is retention { log_size } of the site: nothing behind this line is kept\n"

func TestALogEndsAtItsLimit(t *testing.T) {
	b := newBounded(t, 50)
	b.print(100_000)
	b.holds("line 1\nline 2\nline 3\n" + atLimit)
	b.End()
	b.holds("line 1\nline 2\nline 3\n" + atLimit + "raddeploy: 1MiB are missing here (1088874 bytes)\n")
	if len(b.lost) != 1 || b.Cursor() != "100000" {
		t.Errorf("told %v, and goes on at %s", b.lost, b.Cursor())
	}
}

func TestALogBelowItsLimitSaysNothing(t *testing.T) {
	for _, limit := range []uint64{0, 1 << 20} {
		b := newBounded(t, limit)
		b.print(3)
		b.End()
		b.holds("line 1\nline 2\nline 3\n")
		if len(b.lost) > 0 {
			t.Error(b.lost)
		}
	}
}

// The next agent counts again, from where the log ends; one that may keep more
// goes on there.
func TestALogAtItsLimitIsContinued(t *testing.T) {
	b := newBounded(t, 50)
	b.print(10)
	b.open(50)
	if b.Cursor() != "3" {
		t.Fatalf("goes on at %s", b.Cursor())
	}
	b.print(17)
	b.End()
	b.holds("line 1\nline 2\nline 3\n" + atLimit + "raddeploy: 130B are missing here (130 bytes)\n")

	b.open(1 << 20)
	b.print(2)
	b.End()
	if got := b.read(); !strings.HasSuffix(got, "(130 bytes)\nline 4\nline 5\n") {
		t.Errorf("with a higher limit it holds\n%s", got)
	}
}

func TestALogStopsWhileTheDiskIsLow(t *testing.T) {
	b := newBounded(t, 0)
	b.Write(Frame{Data: []byte("no end of line"), Cursor: "1"})
	b.full = errors.New("disk below its reserve: 1MiB of 10MiB are free")
	b.print(8)
	b.holds("no end of line\nraddeploy: not kept while this lasts: disk below its reserve: 1MiB of 10MiB are free\n")
	b.full = nil
	b.print(1)
	b.End()
	b.holds("no end of line\nraddeploy: not kept while this lasts: disk below its reserve: 1MiB of 10MiB are free\n" +
		"raddeploy: 56B are missing here (56 bytes)\nline 10\n")
	if len(b.lost) != 1 {
		t.Errorf("told %v", b.lost)
	}
}

// A disk that refuses to write keeps no task from printing.
func TestALogThatCannotBeWritten(t *testing.T) {
	b := newBounded(t, 0)
	b.print(1)
	whole := b.Writer.file
	refusing, err := os.Open(b.path)
	if err != nil {
		t.Fatal(err)
	}
	defer refusing.Close()
	b.Writer.file = refusing
	b.print(2)
	b.holds("line 1\n")
	b.Writer.file = whole
	b.print(1)
	b.holds("line 1\nraddeploy: 14B are missing here (14 bytes)\nline 4\n")
	if len(b.lost) != 1 {
		t.Errorf("told %v", b.lost)
	}
}
