package shim

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/raddeploy/raddeploy/plugins/process/internal/attempt"
	"golang.org/x/sys/unix"
)

// word is the first argument of a program that is asked to be a shim.
const word = "shim"

// readyFile is the descriptor on which a shim answers its launcher: nothing,
// once the attempt is claimed, or what is wrong.
const readyFile = 3

// RunIfAsked makes the program a shim, and does not return, if it was launched
// as one. It must be the first thing that main does.
func RunIfAsked() {
	if len(os.Args) == 3 && os.Args[1] == word {
		os.Exit(run(os.Args[2]))
	}
}

// Launch starts a shim for the attempt folder dir, in which the plan has been
// written as [attempt.TaskFile], and returns when the attempt is claimed. A
// second shim for one folder finds it claimed and does nothing, so that
// launching again is always safe.
func Launch(dir string, plan *Plan) error {
	ready, answer, err := os.Pipe()
	if err != nil {
		return err
	}
	defer ready.Close()
	defer answer.Close()
	complaints, err := os.OpenFile(filepath.Join(dir, attempt.LogFile), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer complaints.Close()

	// /proc/self/exe is the program that runs now, even if a newer one has been
	// installed over it.
	cmd := exec.Command("/proc/self/exe", word, dir)
	cmd.Args[0] = filepath.Base(os.Args[0])
	cmd.Dir = "/"
	cmd.Env = []string{} // the plugin's environment is not the task's business
	cmd.Stderr = complaints
	cmd.ExtraFiles = []*os.File{answer}
	cmd.SysProcAttr = namespaces(plan)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start in namespaces of its own: %w", err)
	}
	// The shim outlives the plugin as a rule; then the host's init collects it.
	// Otherwise this does, so that no zombie stays. How the attempt ended
	// stands in its folder, so nobody waits for this goroutine.
	go cmd.Wait()

	answer.Close()
	complaint, err := io.ReadAll(ready)
	if err == nil && len(complaint) > 0 {
		err = errors.New(strings.TrimSpace(string(complaint)))
	}
	return err
}

// Privileged reports whether this process may make mounts, and be other users,
// without a user namespace of its own. Root of a namespace with one user, as in
// a container of an ordinary user, may not be others: it is served as an
// ordinary user is.
func Privileged() bool {
	if users, err := mappedUsers(); err == nil && users == 1 {
		return false
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return false
	}
	return os.Geteuid() == 0 && data[0].Effective&(1<<unix.CAP_SYS_ADMIN) != 0
}

// namespaces says which namespaces the shim gets. It is in a session of its
// own, so that no terminal's signals reach it.
func namespaces(plan *Plan) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{
		Setsid:     true,
		Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWIPC,
	}
	if plan.NoNetwork {
		attr.Cloneflags |= unix.CLONE_NEWNET
	}
	if plan.Unprivileged {
		// Inside, we are root; outside, we stay who we are, and so do the files
		// that are made.
		attr.Cloneflags |= unix.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	return attr
}
