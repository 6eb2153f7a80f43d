package isolate

import (
	"os"
	"syscall"
)

// Killed reports whether a process was ended from outside: by somebody, or by the
// kernel for want of memory.
func Killed(state *os.ProcessState) bool {
	status, ok := state.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && (status.Signal() == syscall.SIGKILL || status.Signal() == syscall.SIGTERM)
}
