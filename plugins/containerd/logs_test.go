package containerd

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// TestLogsThatAreTooLong has the beginning of a stream released to the file
// system, while what is kept stays where it is.
func TestLogsThatAreTooLong(t *testing.T) {
	t.Parallel()
	s := containerd.Site(t, `{"log_max_size": "1m"}`)
	task := s.Task("seq 400000")
	s.Run(task)
	var all strings.Builder
	for i := range 400000 {
		fmt.Fprintln(&all, i+1)
	}
	own(s).trimLogs(engine.ContainerName(task.Attempt))
	got := s.Logs(task.Attempt, sdk.Stdout)
	if len(got) < 1<<20 || len(got) > 1<<20+8192 || !strings.HasSuffix(all.String(), got) {
		t.Errorf("%d of %d bytes are kept, or others", len(got), all.Len())
	}
	var rest strings.Builder
	after := sdk.Cursor(fmt.Sprint(all.Len() - 100))
	err := s.Executor.Logs(t.Context(), task.Attempt, sdk.LogRequest{Stream: sdk.Stdout, After: after}, func(c sdk.LogChunk) error {
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
	s := containerd.Site(t, "")
	task := s.Task("true")
	s.Run(task)
	file, err := os.Create(own(s).logFile(engine.ContainerName(task.Attempt), sdk.Stdout))
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
