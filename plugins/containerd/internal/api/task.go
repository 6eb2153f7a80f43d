package api

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/containerd/containerd/api/services/tasks/v1"
	"github.com/containerd/containerd/api/types"
	tasktypes "github.com/containerd/containerd/api/types/task"
	"github.com/containerd/errdefs"
)

// Status is how far a task is.
type Status uint8

// The states of a task.
const (
	None    Status = iota // there is no task
	Created               // its process waits to be started
	Running
	Ended
)

// Task is the process of a container, in its present state.
type Task struct {
	Status   Status
	PID      int
	Code     int // once it has ended
	Finished time.Time
}

// CreateTask makes the container's process, which waits to be started, and
// returns its process id on the host. Its output goes into two files that are
// there.
func (e *Engine) CreateTask(ctx context.Context, name, stdout, stderr string) (pid int, err error) {
	mounts, err := e.client.SnapshotService(e.place.Snapshotter).Mounts(ctx, name)
	if err != nil {
		return 0, err
	}
	request := &tasks.CreateTaskRequest{ContainerID: name, Stdout: stdout, Stderr: stderr}
	for _, m := range mounts {
		request.Rootfs = append(request.Rootfs, &types.Mount{Type: m.Type, Source: m.Source, Target: m.Target, Options: m.Options})
	}
	answer, err := e.client.TaskService().Create(ctx, request)
	return int(answer.GetPid()), native(err)
}

// StartTask starts the waiting process.
func (e *Engine) StartTask(ctx context.Context, name string) error {
	_, err := e.client.TaskService().Start(ctx, &tasks.StartRequest{ContainerID: name})
	return native(err)
}

// Wait tells the end of the process, or an error if nobody can tell. It asks at
// once, so that what is started afterwards cannot be missed.
func (e *Engine) Wait(ctx context.Context, name string) <-chan Waited {
	out := make(chan Waited, 1)
	go func() {
		answer, err := e.client.TaskService().Wait(ctx, &tasks.WaitRequest{ContainerID: name})
		out <- Waited{Task{Status: Ended, Code: int(answer.GetExitStatus()), Finished: answer.GetExitedAt().AsTime()}, native(err)}
	}()
	return out
}

// Waited is what came of waiting: an ended task, or the reason why nobody can tell.
type Waited struct {
	Task Task
	Err  error
}

// ErrSilent tells that a task's shim does not answer, while containerd does. It
// is of the kind unavailable.
var ErrSilent = fmt.Errorf("its shim does not answer: %w", errdefs.ErrUnavailable)

// FindTask returns the container's task. Where there is none its status is
// None; where nobody can tell now, the error is of the kind unavailable.
func (e *Engine) FindTask(ctx context.Context, name string) (Task, error) {
	answer, err := e.client.TaskService().Get(ctx, &tasks.GetRequest{ContainerID: name})
	if IsNotFound(err) {
		return Task{}, nil
	}
	if err != nil {
		return Task{}, native(err)
	}
	p := answer.GetProcess()
	// its shim did not answer in time, which says nothing of the process
	if p.GetStatus() == tasktypes.Status_UNKNOWN {
		return Task{}, fmt.Errorf("the state of task %s cannot be told now: %w", name, ErrSilent)
	}
	return Task{Status: statusOf(p.GetStatus()), PID: int(p.GetPid()), Code: int(p.GetExitStatus()), Finished: p.GetExitedAt().AsTime()}, nil
}

// Tasks returns the status of all tasks of the namespace, by the names of their
// containers.
func (e *Engine) Tasks(ctx context.Context) (map[string]Status, error) {
	answer, err := e.client.TaskService().List(ctx, &tasks.ListTasksRequest{})
	if err != nil {
		return nil, native(err)
	}
	out := map[string]Status{}
	for _, p := range answer.GetTasks() {
		name := p.GetContainerID()
		if name == "" {
			name = p.GetID()
		}
		out[name] = statusOf(p.GetStatus())
	}
	return out, nil
}

func statusOf(status tasktypes.Status) Status {
	switch status {
	case tasktypes.Status_CREATED:
		return Created
	case tasktypes.Status_STOPPED:
		return Ended
	}
	// also one whose shim does not answer now: it has not ended as far as
	// anybody knows
	return Running
}

// Signal sends the process a signal. One that has ended already is no error.
// All sends it to every process of the container.
func (e *Engine) Signal(ctx context.Context, name string, signal syscall.Signal, all bool) error {
	_, err := e.client.TaskService().Kill(ctx, &tasks.KillRequest{ContainerID: name, Signal: uint32(signal), All: all})
	if err != nil && !IsGone(err) {
		return native(err)
	}
	return nil
}

// DeleteTask removes a task whose process does not run, and ends what waits to
// be started. Its output is complete then. Where there is no task it does
// nothing.
func (e *Engine) DeleteTask(ctx context.Context, name string) error {
	_, err := e.client.TaskService().Delete(ctx, &tasks.DeleteTaskRequest{ContainerID: name})
	if err != nil && strings.Contains(err.Error(), "created") {
		if err := e.Signal(ctx, name, syscall.SIGKILL, true); err != nil {
			return err
		}
		<-e.Wait(ctx, name)
		_, err = e.client.TaskService().Delete(ctx, &tasks.DeleteTaskRequest{ContainerID: name})
	}
	return unlessGone(native(err))
}
