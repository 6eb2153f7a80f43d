package docker

import (
	"testing"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/api"
	"github.com/raddeploy/raddeploy/sdk"
)

// A kill for memory is told also if the engine has not learned of it: the kernel's
// log has it, and of no other container.
func TestKernelTellsOfMemory(t *testing.T) {
	t.Parallel()
	s := docker.Site(t, "")
	ended := func(script string) api.Container {
		t.Helper()
		task := s.Task(script)
		task.Resources.Memory, task.Resources.MemorySwap = 32<<20, 32<<20
		s.Run(task)
		return api.Container{ID: s.Find(task.Attempt).ID, Memory: 32 << 20, ExitCode: 137}
	}
	b := real(t)
	for script, want := range map[string]bool{"tail /dev/zero": true, "exit 137": false} {
		if c, err := b.withMemory(t.Context(), ended(script), false); err != nil || c.OOMKilled != want {
			t.Errorf("%s: killed for memory: %t, %v", script, c.OOMKilled, err)
		}
	}
}

// A kill that nobody is known to have sent is told with what it most likely was,
// where the task has a memory limit.
func TestKilledByNobody(t *testing.T) {
	t.Parallel()
	s := docker.Site(t, "")
	for limit, message := range map[int64]string{0: "the process was ended by signal 9 (killed)", 64 << 20: killedByNobody} {
		task := s.Task("exit 137")
		task.Resources.Memory = limit
		if got := s.Run(task); got.Reason != sdk.Exited || got.Code != 137 || got.Message != message {
			t.Errorf("limit %v: %+v", limit, got.Exit)
		}
	}
}

// real is the backend of the tests' engine.
func real(t *testing.T) *backend {
	t.Helper()
	opened, _, err := docker.Open(t, "")(sdk.Site{WorkDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	b := opened.(*backend)
	t.Cleanup(func() { _ = b.Close() })
	return b
}
