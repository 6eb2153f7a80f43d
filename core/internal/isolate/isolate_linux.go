// Package isolate keeps a process that reads what may be hostile from the network,
// and says how it ended.
package isolate

import (
	"os/exec"
	"syscall"
)

// Command has a command run in namespaces of its own, where it has no network and
// no privileges, and end with this process.
func Command(command *exec.Cmd) error {
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC,
		Pdeathsig:  syscall.SIGKILL,
	}
	return nil
}
