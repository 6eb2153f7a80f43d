package sitetest

import (
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/sdk"
)

// LogsOfAnyBytesAndLength prints every byte, in lines of all lengths.
func LogsOfAnyBytesAndLength(t *testing.T, make Maker) {
	EveryWay(t, make, func(t *testing.T, s *Site) {
		in := s.Folder("in", "data", string(AnyBytes(3<<20)))
		task := s.Task("cat /input/data", sdk.Mount{Role: sdk.Static, Name: "in", Source: in, Target: "/input"})
		s.Run(task)
		if got, want := s.Logs(task.Attempt, sdk.Stdout), s.Read("in", "data"); got != want {
			t.Errorf("read %d bytes of %d, or others", len(got), len(want))
		}
	})
}

// LogsGoOnFromAnyCursor takes up the reading behind every chunk, however small.
func LogsGoOnFromAnyCursor(t *testing.T, make Maker) {
	EveryWay(t, make, func(t *testing.T, s *Site) {
		in := s.Folder("in", "data", strings.Repeat("x", 150000)+"\n"+strings.Repeat("short\n", 3000)+strings.Repeat("\n", 100))
		task := s.Task("cat /input/data; echo trouble >&2", sdk.Mount{Role: sdk.Static, Name: "in", Source: in, Target: "/input"})
		s.Run(task)
		var got strings.Builder
		var cursor sdk.Cursor
		for rounds := 0; ; rounds++ {
			before := cursor
			err := s.Executor.Logs(t.Context(), task.Attempt, sdk.LogRequest{Stream: sdk.Stdout, After: cursor, Follow: rounds%2 == 0}, func(c sdk.LogChunk) error {
				got.Write(c.Data)
				cursor = c.Next
				return ErrEnough
			})
			if err == nil && cursor == before {
				break
			}
			if err != ErrEnough || rounds > 1000 {
				t.Fatalf("round %d: %v", rounds, err)
			}
		}
		if want := s.Read("in", "data"); got.String() != want {
			t.Errorf("read %d bytes of %d, or others", got.Len(), len(want))
		}
		err := s.Executor.Logs(t.Context(), task.Attempt, sdk.LogRequest{Stream: sdk.Stdout, After: "nonsense"}, nil)
		if sdk.KindOf(err) != sdk.InvalidArgument {
			t.Errorf("a cursor of another executor: %v", err)
		}
	})
}

// AnyBytes holds every byte, lines of all lengths up to 100 KB, and ends with a
// short one: whether a long line at the very end has an end is more than some
// engines tell.
func AnyBytes(n int) []byte {
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
