package sitetest

import "testing"

// KilledForMemoryWithin has a task end with code 0 in which the kernel killed a
// process for memory: the exit says both.
func KilledForMemoryWithin(t *testing.T, make Maker) {
	s := make(t, "")
	task := s.Task("(head -c 200m /dev/zero | tail) >/dev/null 2>&1; sleep 1; exit 0")
	task.Resources.Memory, task.Resources.MemorySwap = 16<<20, 16<<20
	if got := s.Run(task); !got.Succeeded() || !got.Exit.OOMKilled {
		t.Errorf("%+v", got.Exit)
	}
	task = s.Task("exit 0")
	task.Resources.Memory, task.Resources.MemorySwap = 16<<20, 16<<20
	if got := s.Run(task); !got.Succeeded() || got.Exit.OOMKilled {
		t.Errorf("nothing was killed: %+v", got.Exit)
	}
}
