package decompress

import (
	"os/exec"
	"syscall"
)

// isolate has a command run in namespaces of its own, where it has no network and
// no privileges, and end with this process.
func isolate(command *exec.Cmd) error {
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC,
		Pdeathsig:  syscall.SIGKILL,
	}
	return nil
}
