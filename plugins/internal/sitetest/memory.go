package sitetest

import (
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/sdk"
)

// KilledForMemoryWithin has a task end with code 0 in which the kernel killed a
// process for memory: the exit says both. The limit leaves room for whatever begins
// the container within it, such as the fetch of its image in a job.
func KilledForMemoryWithin(t *testing.T, make Maker) {
	s := make(t, "")
	task := s.Task("tail /dev/zero >/dev/null 2>&1; exit 0")
	task.Resources.Memory, task.Resources.MemorySwap = 128<<20, 128<<20
	if got := s.Run(task); !got.Succeeded() || !got.Exit.OOMKilled {
		t.Errorf("%+v", got.Exit)
	}
	task = s.Task("exit 0")
	task.Resources.Memory, task.Resources.MemorySwap = 128<<20, 128<<20
	if got := s.Run(task); !got.Succeeded() || got.Exit.OOMKilled {
		t.Errorf("nothing was killed: %+v", got.Exit)
	}
}

// SharedMemory has a task find a /dev/shm of the size that it asked for, and write
// more to it than the 64 MiB that engines give.
func SharedMemory(t *testing.T, make Maker) {
	s := make(t, "")
	out := s.Folder("out")
	task := s.Task("df -k /dev/shm | tail -n 1 > /output/df && head -c 80m /dev/zero > /dev/shm/images",
		sdk.Mount{Role: sdk.Output, Name: "dst", Source: out, Target: "/output"})
	task.Resources.ShmSize = 200 << 20
	if got := s.Run(task); !got.Succeeded() || !strings.Contains(s.Read("out", "df"), " 204800 ") {
		t.Errorf("%+v; df says %q", got.Exit, s.Read("out", "df"))
	}
}
