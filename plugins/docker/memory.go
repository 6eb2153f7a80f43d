package docker

import (
	"context"
	"strings"
	"syscall"
	"time"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/api"
	"github.com/raddeploy/raddeploy/sdk/attempts"
)

// withMemory completes what the engine tells of a container with a memory limit
// that has ended: whether the kernel killed a process of it because the memory was
// used up. The engine has the kernel tell it so only once the process is started,
// and never learns of a kill before that. It learns of others before or after the
// end, and then tells of them a little later.
func (b *backend) withMemory(ctx context.Context, c api.Container, told bool) (api.Container, error) {
	const late, again = 3 * time.Second, 100 * time.Millisecond
	if c.Memory <= 0 || c.OOMKilled {
		return c, nil
	}
	if b.api.OnThisHost() && inKernelLog(c.ID) {
		c.OOMKilled = true
		return c, nil
	}
	for time.Since(c.Finished) < late && byKill(c) && !c.OOMKilled && !told {
		timer := time.NewTimer(again)
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
		now, err := b.api.Inspect(ctx, c.ID)
		if err != nil {
			return c, err
		}
		c = now
	}
	return c, nil
}

// byKill tells whether a container's process ended as by SIGKILL.
func byKill(c api.Container) bool { return attempts.SignalOf(c.ExitCode) == int(syscall.SIGKILL) }

const killedByNobody = "it was ended by signal 9 (killed), which neither the agent nor docker sent: most likely the kernel did, " +
	"because its memory was used up. Docker does not learn of that in the first moments of a container; " +
	"an agent that may read the kernel's log, as root, tells it for certain"

// inKernelLog tells whether the kernel has logged that it killed a process of a
// container because memory was used up. The line names the process's control
// group, and that the container's id. Where this process may not read the log, or
// it has grown over the line, the answer is no.
func inKernelLog(id string) bool {
	const readAll, size = 3, 10 // syslog(2): SYSLOG_ACTION_READ_ALL, SYSLOG_ACTION_SIZE_BUFFER
	n, err := syscall.Klogctl(size, nil)
	if err != nil || id == "" {
		return false
	}
	log := make([]byte, n)
	if n, err = syscall.Klogctl(readAll, log); err != nil {
		return false
	}
	for line := range strings.Lines(string(log[:n])) {
		_, group, found := strings.Cut(line, ",task_memcg=")
		if found && strings.Contains(line, "oom-kill:") && strings.Contains(group, id) {
			return true
		}
	}
	return false
}
