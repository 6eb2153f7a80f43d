package fake

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/raddeploy/raddeploy/sdk"
)

func (b *breaker) Watch(ctx context.Context, attempt sdk.AttemptID, emit func(sdk.Event) error) error {
	b.mu.Lock()
	b.watchers++
	b.watched[attempt] = true
	number := b.watchers
	b.mu.Unlock()
	if b.breaks("what cannot be told has ended") && b.stalled() {
		return emit(sdk.Event{Exit: &sdk.Exit{Reason: sdk.Vanished}})
	}
	found, _ := b.backend().record(attempt)
	err := b.Executor.Watch(ctx, attempt, func(e sdk.Event) error {
		if e.Exit != nil {
			exit := *e.Exit
			b.changeExit(&exit, found.Task)
			if b.breaks("watch differs") {
				exit.Message = fmt.Sprint("as told to watcher ", number)
			}
			e.Exit = &exit
		}
		if b.breaks("watch tells each state once") && e.State != 0 {
			b.mu.Lock()
			told := b.told[attempt]
			b.told[attempt] = max(told, e.State)
			b.mu.Unlock()
			if e.State <= told {
				return nil
			}
		}
		if err := emit(e); err != nil || e.State != sdk.Running || !b.breaks("watch goes back") {
			return err
		}
		return emit(sdk.Event{State: sdk.Queued})
	})
	switch {
	case b.breaks("watch of the unknown is unavailable") && sdk.KindOf(err) == sdk.NotFound:
		return sdk.Errorf(sdk.Unavailable, "attempt %s cannot be seen", attempt)
	case b.breaks("watch that is cancelled stops") && err != nil:
		_ = b.Stop(context.WithoutCancel(ctx), attempt, 0)
	}
	return err
}

func (b *breaker) changeExit(exit *sdk.Exit, task sdk.Task) {
	switch ended := exit.Reason == sdk.Exited; {
	case b.breaks("success has a code") && exit.Succeeded():
		exit.Code = 1
	case b.breaks("codes are one") && ended && exit.Code != 0 && exit.Signal == 0:
		exit.Code = 1
	case b.breaks("codes are signed") && ended && exit.Code > 127:
		exit.Code -= 256
	case b.breaks("signals are lost"):
		exit.Signal = 0
	case b.breaks("times are lost"):
		exit.Finished = exit.Started
	case b.breaks("stopped has exited") && exit.Reason == sdk.Stopped:
		exit.Reason = sdk.Exited
	case b.breaks("stop blames the image") && exit.Reason == sdk.Stopped && exit.Started.IsZero():
		exit.Reason = sdk.ImageUnavailable
	case b.breaks("deadline is every end's reason") && task.Timeout > 0:
		exit.Reason = sdk.TimedOut
	}
}

func (b *breaker) Logs(ctx context.Context, attempt sdk.AttemptID, request sdk.LogRequest, emit func(sdk.LogChunk) error) error {
	process := fmt.Sprintf("%p:", b)
	switch {
	case b.breaks("logs do not follow"):
		request.Follow = false
	case b.breaks("logs wait for the end"):
		request.Follow = true
	case b.breaks("logs come at the end") && request.Follow:
		if err := b.Executor.Watch(ctx, attempt, func(sdk.Event) error { return nil }); err != nil {
			return err
		}
	case b.breaks("cursors are of a process"):
		own, ok := strings.CutPrefix(string(request.After), process)
		if request.After = ""; ok {
			request.After = sdk.Cursor(own)
		}
	}
	before, sent := request.After, 0
	err := b.Executor.Logs(ctx, attempt, request, func(c sdk.LogChunk) error {
		switch {
		case b.breaks("logs are text"):
			c.Data = bytes.ToValidUTF8(c.Data, []byte("?"))
		case b.breaks("logs are short"):
			c.Data = c.Data[:max(0, min(len(c.Data), 1<<20-sent))]
		case b.breaks("cursors stand still"):
			c.Next, before = before, c.Next
		case b.breaks("cursors are of a process"):
			c.Next = sdk.Cursor(process) + c.Next
		}
		sent += len(c.Data)
		return emit(c)
	})
	if b.breaks("logs of the unknown are empty") && sdk.KindOf(err) == sdk.NotFound {
		return nil
	}
	return err
}
