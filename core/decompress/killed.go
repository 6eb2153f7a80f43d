package decompress

import (
	"os"
	"syscall"
)

// killed reports whether a process was ended from outside: by somebody, or by the
// kernel for want of memory.
func killed(state *os.ProcessState) bool {
	status, ok := state.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && (status.Signal() == syscall.SIGKILL || status.Signal() == syscall.SIGTERM)
}
