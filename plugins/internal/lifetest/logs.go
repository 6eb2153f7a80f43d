package lifetest

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/sdk"
)

// fiftyMegabytes of output are followed, and read again.
func (b Backend) fiftyMegabytes(t *testing.T) {
	t.Parallel()
	s := b.Site(t, "")
	task := s.Task("yes 'a line of forty characters, as they are.' | head -c 50000000")
	s.Start(task)
	hash, size := sha256.New(), 0
	err := s.Executor.Logs(t.Context(), task.Attempt, sdk.LogRequest{Stream: sdk.Stdout, Follow: true}, func(c sdk.LogChunk) error {
		hash.Write(c.Data)
		size += len(c.Data)
		if len(c.Data) > 64<<10 {
			return fmt.Errorf("a chunk of %d bytes", len(c.Data))
		}
		return nil
	})
	line := "a line of forty characters, as they are.\n"
	want := sha256.Sum256([]byte(strings.Repeat(line, 50000000/len(line)+1)[:50000000]))
	if err != nil || [32]byte(hash.Sum(nil)) != want {
		t.Errorf("followed %d bytes: %v", size, err)
	}
	if got := s.Logs(task.Attempt, sdk.Stdout); sha256.Sum256([]byte(got)) != want {
		t.Errorf("read %d bytes", len(got))
	}
}
