package shim

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/raddeploy/raddeploy/plugins/process/internal/attempt"
	"github.com/raddeploy/raddeploy/plugins/process/internal/cgroup"
	"github.com/raddeploy/raddeploy/sdk"
	"golang.org/x/sys/unix"
)

// command is the task's process and all that descends from it.
type command struct {
	pid    int
	group  *cgroup.Group // nil: none
	output sync.WaitGroup
	ended  chan struct{} // closed once every process has ended and all its output is kept
	status syscall.WaitStatus
	usage  syscall.Rusage
}

// start starts the plan's command in the root that has been built.
func start(plan *Plan, folder attempt.Folder, group *cgroup.Group) (*command, error) {
	program, err := find(plan)
	if err != nil {
		return nil, err
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	c := &command{group: group, ended: make(chan struct{})}
	stdout, err := c.keep(folder, attempt.StdoutFile, plan)
	if err != nil {
		return nil, err
	}
	defer stdout.Close()
	stderr, err := c.keep(folder, attempt.StderrFile, plan)
	if err != nil {
		return nil, err
	}
	defer stderr.Close()

	attr := &syscall.ProcAttr{
		Dir:   plan.Dir,
		Env:   plan.Env,
		Files: []uintptr{null.Fd(), stdout.Fd(), stderr.Fd()},
		Sys:   identity(plan),
	}
	attr.Sys.UseCgroupFD, attr.Sys.CgroupFD = group.FD()
	// The thread's limits and capabilities are what the new process inherits;
	// the thread itself is given up afterwards.
	result := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := restrict(plan)
		if err == nil {
			c.pid, err = syscall.ForkExec(program, plan.Args, attr)
		}
		result <- err
	}()
	if err := <-result; err != nil {
		return nil, fmt.Errorf("start %q: %w", plan.Args[0], err)
	}
	go c.wait()
	return c, nil
}

// find looks for the program as the command will see the world: in its working
// folder, along its own PATH.
func find(plan *Plan) (string, error) {
	if err := os.Chdir(plan.Dir); err != nil {
		return "", fmt.Errorf("working folder: %w", err)
	}
	for _, v := range plan.Env {
		if path, ok := strings.CutPrefix(v, "PATH="); ok {
			os.Setenv("PATH", path)
		}
	}
	program, err := exec.LookPath(plan.Args[0])
	if err != nil && !errors.Is(err, exec.ErrDot) {
		return "", fmt.Errorf("%w: tasks run with this host's programs, so install it here, or name the program that "+
			"stands for the image in the executor's config { images = {…} }", err)
	}
	return program, nil
}

// noProgram reports whether a command could not be started because there is no
// such program, or it is none: no other try goes better.
func noProgram(err error) bool {
	return errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ENOEXEC)
}

// keep opens a pipe whose content goes into a file of the folder. A pipe rather
// than the file itself, since a command may open /dev/stderr anew, as `tee
// /dev/stderr` does, and would cut the file off.
func (c *command) keep(folder attempt.Folder, name string, plan *Plan) (*os.File, error) {
	file, err := folder.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		file.Close()
		return nil, err
	}
	if !plan.Unprivileged { // or another user than ours could not open /dev/stderr at all
		err = w.Chown(plan.UID, plan.GID)
	}
	c.output.Go(func() {
		defer file.Close()
		defer r.Close()
		if _, err := io.Copy(file, r); err != nil {
			fmt.Fprintf(os.Stderr, "keep %s: %v\n", name, err)
			io.Copy(io.Discard, r) // a full disk must not block the command
		}
	})
	if err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

// wait is what the first process of a pid namespace has to do: collect every
// process that ends. When the command has ended, so must what it left behind;
// only then nothing writes to the outputs any more.
func (c *command) wait() {
	for {
		var status syscall.WaitStatus
		var usage syscall.Rusage
		pid, err := syscall.Wait4(-1, &status, 0, &usage)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil { // no process is left
			break
		}
		if pid == c.pid {
			c.status, c.usage = status, usage
			killAll()
		}
	}
	c.output.Wait()
	close(c.ended)
}

// terminate asks the command, and what it started in its own process group, to end.
func (c *command) terminate() { syscall.Kill(-c.pid, syscall.SIGTERM) }

// killAll ends every process of the pid namespace but this one.
func killAll() { syscall.Kill(-1, syscall.SIGKILL) }

// exit tells how the command ended, once it has.
func (c *command) exit() *sdk.Exit {
	exit := &sdk.Exit{
		Reason: sdk.Exited,
		Code:   c.status.ExitStatus(),
		Usage: sdk.Usage{
			CPU:        time.Duration(c.usage.Utime.Nano() + c.usage.Stime.Nano()),
			MemoryPeak: c.usage.Maxrss * 1024,
		},
	}
	if c.status.Signaled() {
		exit.Signal = int(c.status.Signal())
		exit.Code = 128 + exit.Signal // as shells and container engines show it
		exit.Message = "ended by signal " + unix.SignalName(c.status.Signal())
	}
	if usage, outOfMemory, ok := c.group.Used(); ok {
		exit.Usage, exit.OOMKilled = usage, outOfMemory
		if outOfMemory && exit.Code != 0 {
			exit.Reason = sdk.OutOfMemory
			exit.Message = "needed more memory than its limit allows; raise the model's mem_limit"
		}
	}
	return exit
}
