package containerd

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/plugins/internal/lifetest"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// shimOf returns the process that looks after an attempt's container: the
// parent of the container's.
func shimOf(t *testing.T, s *lifetest.Site, id sdk.AttemptID) int {
	t.Helper()
	task, err := own(s).api.FindTask(t.Context(), engine.ContainerName(id))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", task.PID))
	if err != nil {
		t.Fatal(err)
	}
	var state string
	var parent int
	if _, err := fmt.Sscan(string(text[strings.LastIndex(string(text), ")")+1:]), &state, &parent); err != nil || parent <= 1 {
		t.Fatalf("no parent of %d: %v", task.PID, err)
	}
	return parent
}

// TestShimThatIsSilent has one attempt of which nobody can tell hide no other
// one, and not be taken for ended.
func TestShimThatIsSilent(t *testing.T) {
	t.Parallel()
	s := containerd.Site(t, "")
	silent, ended := s.Task("sleep 600"), s.Task("true")
	s.Start(silent)
	s.Until(silent.Attempt, sdk.Running)
	s.Run(ended)
	s.Relaunch() // knows what containerd tells
	shim := shimOf(t, s, silent.Attempt)
	if err := syscall.Kill(shim, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Kill(shim, syscall.SIGCONT) }()
	held, err := s.Executor.List(t.Context())
	told := map[sdk.AttemptID]bool{}
	for _, h := range held {
		told[h.Attempt] = h.Ended
	}
	if diff := cmp.Diff(map[sdk.AttemptID]bool{silent.Attempt: false, ended.Attempt: true}, told); err != nil || diff != "" {
		t.Errorf("list: %v, %s", err, diff)
	}
	if err := s.Executor.Remove(t.Context(), silent.Attempt); sdk.KindOf(err) != sdk.Unavailable {
		t.Errorf("remove: %v", err)
	}
}
