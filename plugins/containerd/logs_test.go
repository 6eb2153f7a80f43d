package containerd

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

func TestLogsOfFiftyMegabytes(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	task := s.task("yes 'a line of forty characters, as they are.' | head -c 50000000")
	s.start(task)
	hash, size, begun := sha256.New(), 0, time.Now()
	err := s.executor.Logs(t.Context(), task.Attempt, sdk.LogRequest{Stream: sdk.Stdout, Follow: true}, func(c sdk.LogChunk) error {
		hash.Write(c.Data)
		size += len(c.Data)
		if len(c.Data) > 64<<10 {
			return fmt.Errorf("a chunk of %d bytes", len(c.Data))
		}
		return nil
	})
	line := "a line of forty characters, as they are.\n"
	want := sha256.New()
	want.Write([]byte(strings.Repeat(line, 50000000/len(line)+1)[:50000000]))
	if err != nil || !bytes.Equal(hash.Sum(nil), want.Sum(nil)) {
		t.Errorf("followed %d bytes: %v", size, err)
	}
	t.Logf("followed %d bytes in %v", size, time.Since(begun))
	begun = time.Now()
	if got := s.logs(task.Attempt, sdk.Stdout); sha256.Sum256([]byte(got)) != [32]byte(want.Sum(nil)) {
		t.Errorf("read %d bytes", len(got))
	}
	t.Logf("read them again in %v", time.Since(begun))
}

func TestLogsOfAnyBytesAndLength(t *testing.T) {
	everyWay(t, func(t *testing.T, s *site) {
		in := s.folder("in", "data", string(anyBytes(3<<20)))
		task := s.task("cat /input/data", sdk.Mount{Role: sdk.Static, Name: "in", Source: in, Target: "/input"})
		s.run(task)
		if got, want := s.logs(task.Attempt, sdk.Stdout), s.read("in", "data"); got != want {
			t.Errorf("read %d bytes of %d, or others", len(got), len(want))
		}
	})
}

// anyBytes holds every byte, and lines of all lengths up to 100 KB.
func anyBytes(n int) []byte {
	out := make([]byte, n)
	for i, state := 0, uint32(1); i < n; i++ {
		state = state*1664525 + 1013904223
		if out[i] = byte(state >> 24); out[i] == '\n' && state%400 != 0 {
			out[i] = 0
		}
	}
	out[n-2], out[n-1] = '\n', '\n'
	return out
}

// TestLogsGoOnFromAnyCursor takes up the reading behind every chunk, however small.
func TestLogsGoOnFromAnyCursor(t *testing.T) {
	everyWay(t, func(t *testing.T, s *site) {
		in := s.folder("in", "data", strings.Repeat("x", 150000)+"\n"+strings.Repeat("short\n", 3000)+strings.Repeat("\n", 100))
		task := s.task("cat /input/data; echo trouble >&2", sdk.Mount{Role: sdk.Static, Name: "in", Source: in, Target: "/input"})
		s.run(task)
		var got strings.Builder
		var cursor sdk.Cursor
		for rounds := 0; ; rounds++ {
			before := cursor
			err := s.executor.Logs(t.Context(), task.Attempt, sdk.LogRequest{Stream: sdk.Stdout, After: cursor, Follow: rounds%2 == 0}, func(c sdk.LogChunk) error {
				got.Write(c.Data)
				cursor = c.Next
				return errEnough
			})
			if err == nil && cursor == before {
				break
			}
			if err != errEnough || rounds > 1000 {
				t.Fatalf("round %d: %v", rounds, err)
			}
		}
		if want := s.read("in", "data"); got.String() != want {
			t.Errorf("read %d bytes of %d, or others", got.Len(), len(want))
		}
		err := s.executor.Logs(t.Context(), task.Attempt, sdk.LogRequest{Stream: sdk.Stdout, After: "nonsense"}, nil)
		if sdk.KindOf(err) != sdk.InvalidArgument {
			t.Errorf("a cursor of another executor: %v", err)
		}
	})
}

// TestLogsThatAreTooLong has the beginning of a stream given back to the file system, while what is kept stays where it is.
func TestLogsThatAreTooLong(t *testing.T) {
	t.Parallel()
	s := newSite(t, `{"log_max_size": "1m"}`)
	task := s.task("seq 400000")
	s.run(task)
	var all strings.Builder
	for i := range 400000 {
		fmt.Fprintln(&all, i+1)
	}
	s.executor.trimLogs(task.Attempt)
	got := s.logs(task.Attempt, sdk.Stdout)
	if len(got) < 1<<20 || len(got) > 1<<20+8192 || !strings.HasSuffix(all.String(), got) {
		t.Errorf("%d of %d bytes are kept, or others", len(got), all.Len())
	}
	var rest strings.Builder
	after := sdk.Cursor(fmt.Sprint(all.Len() - 100))
	err := s.executor.Logs(t.Context(), task.Attempt, sdk.LogRequest{Stream: sdk.Stdout, After: after}, func(c sdk.LogChunk) error {
		rest.Write(c.Data)
		return nil
	})
	if err != nil || rest.String() != all.String()[all.Len()-100:] {
		t.Errorf("from an old cursor: %q, %v", rest.String(), err)
	}
}
