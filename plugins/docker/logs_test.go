package docker

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
)

// TestLogsOverManyFiles reads what the engine has spread over files, while it
// does so and afterwards.
func TestLogsOverManyFiles(t *testing.T) {
	t.Parallel()
	s := docker.Site(t, `{"log_max_size": "1m", "log_max_files": 40}`)
	task := s.Task("seq 400000; seq 10 >&2")
	s.Start(task)
	var followed, resumed strings.Builder
	err := s.Executor.Logs(t.Context(), task.Attempt, sdk.LogRequest{Stream: sdk.Stdout, Follow: true}, func(c sdk.LogChunk) error {
		followed.Write(c.Data)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for i := range 400000 {
		fmt.Fprintln(&want, i+1)
	}
	if followed.String() != want.String() {
		t.Errorf("followed %d bytes of %d, or others", followed.Len(), want.Len())
	}
	for cursor, more := sdk.Cursor(""), true; more; {
		more = false
		err := s.Executor.Logs(t.Context(), task.Attempt, sdk.LogRequest{Stream: sdk.Stdout, After: cursor}, func(c sdk.LogChunk) error {
			resumed.Write(c.Data)
			cursor, more = c.Next, true
			return sitetest.ErrEnough
		})
		if err != nil && err != sitetest.ErrEnough {
			t.Fatal(err)
		}
	}
	if resumed.String() != want.String() {
		t.Errorf("read %d bytes of %d piece by piece, or others", resumed.Len(), want.Len())
	}
	if got := s.Logs(task.Attempt, sdk.Stderr); got != "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n" {
		t.Errorf("stderr %q", got)
	}
}

// TestReaderCountsMessagesOfOneTime covers what a real engine's clock makes
// rare: messages of one time, and one longer than a chunk.
func TestReaderCountsMessagesOfOneTime(t *testing.T) {
	t.Parallel()
	now := time.Unix(1700000000, 123456789)
	messages := []string{"a\n", "b\n", strings.Repeat("c", 3*attempts.MaxChunk), "d\n", ""}
	var chunks []sdk.LogChunk
	r := &logReader{emit: func(c sdk.LogChunk) error { chunks = append(chunks, c); return nil }}
	for _, m := range messages {
		if err := r.add(now, []byte(m), 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.flush(); err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, c := range chunks {
		all = append(all, c.Data...)
		at, err := placeOf(c.Next)
		if err != nil || !at.time.Equal(now) {
			t.Fatalf("cursor %q: %v, %v", c.Next, at, err)
		}
		before := 0
		for _, m := range messages[:at.count] {
			before += len(m)
		}
		if before+at.bytes != len(all) {
			t.Errorf("cursor %q is at %d, want %d", c.Next, before+at.bytes, len(all))
		}
	}
	if string(all) != strings.Join(messages, "") {
		t.Errorf("%d bytes", len(all))
	}
}
