package execute

import (
	"cmp"
	"slices"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/sdk"
)

// gpuSharedMemory is the size of /dev/shm of a task with GPUs that has no limit of
// its memory. The 64 MiB that engines give are too few for the loaders of PyTorch,
// which hand over images by it; what is not used costs nothing.
const gpuSharedMemory = 8 << 30

// sharedMemory is the size of a task's /dev/shm; 0: the engine's own.
func sharedMemory(m *flow.Model) int64 {
	c := &m.Container
	own := slices.Contains([]string{"", "private", "shareable"}, c.IPCMode)
	if c.ShmSize > 0 || m.GPUs == 0 || !own {
		return c.ShmSize
	}
	return cmp.Or(c.MemLimit/2, gpuSharedMemory)
}

// byDefault reports whether a field of the task is not the flow's own.
func (j *Job) byDefault(path []string) bool {
	return len(path) > 0 && path[0] == "shm_size" && j.model().Container.ShmSize == 0
}

// judgeMemory has a success fail in which the kernel killed a process for its
// memory: what that one would have written is missing, and nothing shows it. A
// flow can say that this does not matter.
func (j *Job) judgeMemory(exit *sdk.Exit) {
	if !exit.Succeeded() || !exit.OOMKilled {
		return
	}
	if j.model().OOM == flow.OOMWarn {
		j.warnings.add(killedWithin + ": its outputs may not be whole")
		return
	}
	exit.Reason, exit.Message = sdk.OutOfMemory, killedWithin
}

const killedWithin = "it ended with code 0, and the kernel had killed a process of it because its memory was used up"
