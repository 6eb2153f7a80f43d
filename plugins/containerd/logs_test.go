package containerd

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
)

func TestLogsOfFiftyMegabytes(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	task := s.Task("yes 'a line of forty characters, as they are.' | head -c 50000000")
	s.Start(task)
	hash, size, begun := sha256.New(), 0, time.Now()
	err := s.own().Logs(t.Context(), task.Attempt, sdk.LogRequest{Stream: sdk.Stdout, Follow: true}, func(c sdk.LogChunk) error {
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
	if got := s.Logs(task.Attempt, sdk.Stdout); sha256.Sum256([]byte(got)) != [32]byte(want.Sum(nil)) {
		t.Errorf("read %d bytes", len(got))
	}
	t.Logf("read them again in %v", time.Since(begun))
}

func TestLogsOfAnyBytesAndLength(t *testing.T) { sitetest.LogsOfAnyBytesAndLength(t, bare) }

func TestLogsGoOnFromAnyCursor(t *testing.T) { sitetest.LogsGoOnFromAnyCursor(t, bare) }

// TestLogsThatAreTooLong has the beginning of a stream given back to the file
// system, while what is kept stays where it is.
func TestLogsThatAreTooLong(t *testing.T) {
	t.Parallel()
	s := newSite(t, `{"log_max_size": "1m"}`)
	task := s.Task("seq 400000")
	s.Run(task)
	var all strings.Builder
	for i := range 400000 {
		fmt.Fprintln(&all, i+1)
	}
	s.own().trimLogs(task.Attempt)
	got := s.Logs(task.Attempt, sdk.Stdout)
	if len(got) < 1<<20 || len(got) > 1<<20+8192 || !strings.HasSuffix(all.String(), got) {
		t.Errorf("%d of %d bytes are kept, or others", len(got), all.Len())
	}
	var rest strings.Builder
	after := sdk.Cursor(fmt.Sprint(all.Len() - 100))
	err := s.own().Logs(t.Context(), task.Attempt, sdk.LogRequest{Stream: sdk.Stdout, After: after}, func(c sdk.LogChunk) error {
		rest.Write(c.Data)
		return nil
	})
	if err != nil || rest.String() != all.String()[all.Len()-100:] {
		t.Errorf("from an old cursor: %q, %v", rest.String(), err)
	}
}

// A file system may keep zeros as holes. They are output like any other.
func TestLogsOfZeros(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	task := s.Task("true")
	s.Run(task)
	file, err := os.Create(s.own().logFile(task.Attempt, sdk.Stdout))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteAt([]byte("end"), 1<<20); err != nil {
		t.Fatal(err)
	}
	if got := s.Logs(task.Attempt, sdk.Stdout); got != strings.Repeat("\x00", 1<<20)+"end" {
		t.Errorf("%d bytes", len(got))
	}
}
