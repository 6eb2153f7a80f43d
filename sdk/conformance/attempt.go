package conformance

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// attempt is one attempt of a case.
type attempt struct {
	t      *trial
	house  *house
	task   *sdk.Task
	work   Work
	handle sdk.Handle
	exit   *sdk.Exit // once it was seen
	began  time.Time // when it was started first; zero if it was not
	queued bool      // it was said that it is queued still
}

// attempt prepares a task that does the work, in the house that cases share.
func (t *trial) attempt(work Work, adapt ...func(*sdk.Task)) *attempt {
	return t.attemptAt(t.home, work, adapt...)
}

// attemptAt prepares a task that does the work.
func (t *trial) attemptAt(h *house, work Work, adapt ...func(*sdk.Task)) *attempt {
	id := fmt.Sprintf("c-%s-%d", t.run.id, t.run.number())
	folder := filepath.Join(t.run.dir, "data", "work-"+id)
	t.must(os.Mkdir(folder, 0o755))
	task := &sdk.Task{
		Attempt: sdk.AttemptID(id), Run: "run-" + id, Flow: "conformance", Version: "1", Model: "case", Number: 1,
		Container: sdk.Container{Image: t.run.Image, Pull: sdk.PullMissing},
		WorkDir:   folder,
	}
	t.run.Express(task, work)
	for _, change := range adapt {
		change(task)
	}
	a := &attempt{t: t, house: h, task: task, work: work}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.attempts = append(t.attempts, a)
	return a
}

// start prepares and starts a task that does the work. It ends the case if that
// does not work.
func (t *trial) start(work Work, adapt ...func(*sdk.Task)) *attempt {
	a := t.attempt(work, adapt...)
	a.start()
	return a
}

// run starts a task and waits for its end, which must be the work's own: an
// exit with code 0.
func (t *trial) runs(work Work, adapt ...func(*sdk.Task)) *attempt {
	a := t.start(work, adapt...)
	a.wantCode(0)
	return a
}

// start validates and starts the attempt. It ends the case if that does not
// work, or if the executor does not offer what the task asks for. A warning
// about one of the words given counts as "not offered", too.
func (a *attempt) start(words ...word) {
	a.validate(words...)
	if err := a.tryStart(); err != nil {
		a.t.fatal("Start of a plain task: %v", err)
	}
}

func (a *attempt) tryStart() error {
	ctx, cancel := a.t.patience()
	defer cancel()
	if a.began.IsZero() {
		a.began = time.Now()
	}
	handle, err := a.startAgain(ctx)
	if err == nil {
		a.handle = handle
	}
	return err
}

// startAgain calls Start, and again where the plugin cannot tell now, as the
// agent does.
func (a *attempt) startAgain(ctx context.Context) (handle sdk.Handle, err error) {
	err = a.t.untilTold(ctx, func() error { handle, err = a.house.client.Start(ctx, a.task); return err })
	return handle, err
}

// watchAgain is watch, and again where the plugin cannot tell now, as the agent
// does.
func (a *attempt) watchAgain(ctx context.Context, each func(sdk.Event) error) error {
	return a.t.untilTold(ctx, func() error { return a.watch(ctx, each) })
}

// untilTold makes a call until its error, if there is one, is not that the
// backend cannot be asked now, or ctx ends.
func (t *trial) untilTold(ctx context.Context, call func() error) error {
	for {
		err := call()
		if sdk.KindOf(err) != sdk.Unavailable || ctx.Err() != nil {
			return err
		}
		t.run.clock.sleep(ctx, 200*time.Millisecond)
	}
}

// watch follows the attempt until ctx ends, the exit was seen or each returns
// an error, and then returns what Watch returned.
func (a *attempt) watch(ctx context.Context, each func(sdk.Event) error) error {
	return a.house.client.Watch(ctx, a.task.Attempt, func(e sdk.Event) error {
		if e.Exit != nil {
			a.exit = e.Exit
		}
		return each(e)
	})
}

// end waits for the exit. It ends the case if there is none in time.
func (a *attempt) end() *sdk.Exit {
	ctx, cancel := a.t.patience()
	defer cancel()
	last := "nothing"
	var state sdk.State
	err := a.watchAgain(ctx, func(e sdk.Event) error {
		last, state = describe(e), max(state, e.State)
		return nil
	})
	if err != nil {
		a.wantTurn(ctx, state)
		a.t.fatal("Watch of attempt %s said last: %s; then, instead of an Exit: %v", a.task.Attempt, last, err)
	}
	return a.exit
}

// running waits until Watch says that the process runs, or has run: on a busy
// machine it may have ended before it was asked for.
func (a *attempt) running() {
	ctx, cancel := a.t.patience()
	defer cancel()
	last := "nothing"
	var state sdk.State
	err := a.watchAgain(ctx, func(e sdk.Event) error {
		if last, state = describe(e), max(state, e.State); e.State == sdk.Running || e.Exit != nil && !e.Exit.Started.IsZero() {
			return errEnough
		}
		return nil
	})
	if err != errEnough {
		a.wantTurn(ctx, state)
		a.t.fatal("the task did not get to state running: Watch said last: %s; then: %v", last, err)
	}
}

// wantCode waits for the exit and notes if it is another than the process's own
// with the code.
func (a *attempt) wantCode(code int) {
	if exit := a.end(); exit.Reason != sdk.Exited || exit.Code != code || exit.Signal != 0 {
		a.t.fail("the exit is %s; want reason exited with code %d%s", sayExit(exit), code, a.explain(exit))
	}
}

// wantReason waits for the exit and notes if it has another reason.
func (a *attempt) wantReason(want sdk.Reason) *sdk.Exit {
	exit := a.end()
	if exit.Reason != want {
		a.t.fail("the exit is %s; want reason %s%s", sayExit(exit), want, a.explain(exit))
	}
	return exit
}

// explain says which step of the work did not hold, and what the task printed.
func (a *attempt) explain(exit *sdk.Exit) string {
	var text strings.Builder
	if step := exit.Code - firstCode; exit.Reason == sdk.Exited && step >= 0 && step < len(a.work) {
		fmt.Fprintf(&text, "; in the task this did not hold: %s", a.work[step])
	}
	if a.t.run.description.Capabilities.Logs {
		for _, stream := range []sdk.Stream{sdk.Stdout, sdk.Stderr} {
			if output, err := a.output(stream); err == nil && len(output) > 0 {
				fmt.Fprintf(&text, "; on %s it wrote %.200q", stream, output)
			}
		}
	}
	return text.String()
}

// output reads all that a stream holds now.
func (a *attempt) output(stream sdk.Stream) ([]byte, error) {
	ctx, cancel := a.t.patience()
	defer cancel()
	var all bytes.Buffer
	err := a.house.client.Logs(ctx, a.task.Attempt, sdk.LogRequest{Stream: stream}, func(c sdk.LogChunk) error {
		all.Write(c.Data)
		return nil
	})
	return all.Bytes(), err
}

// stop asks the attempt to end.
func (a *attempt) stop(grace time.Duration) error {
	ctx, cancel := a.t.patience()
	defer cancel()
	return a.house.client.Stop(ctx, a.task.Attempt, grace)
}

// remove removes the attempt.
func (a *attempt) remove() error {
	ctx, cancel := a.t.patience()
	defer cancel()
	return a.house.client.Remove(ctx, a.task.Attempt)
}

// held returns how the executor lists the attempt: once and in which state, or
// not at all.
func (a *attempt) held() (found []sdk.Held) {
	ctx, cancel := a.t.patience()
	defer cancel()
	all, err := a.house.client.List(ctx)
	if err != nil {
		a.t.fail("List: %v", err)
	}
	for _, held := range all {
		if held.Attempt == a.task.Attempt {
			found = append(found, held)
		}
	}
	return found
}

func describe(e sdk.Event) string {
	switch {
	case e.Exit != nil:
		return "exit " + sayExit(e.Exit)
	case e.Progress != nil:
		return "progress of " + e.Progress.What
	case e.Warning != "":
		return "warning " + e.Warning
	}
	return "state " + e.State.String()
}

func sayExit(exit *sdk.Exit) string {
	text := fmt.Sprintf("%s (code %d, signal %d)", exit.Reason, exit.Code, exit.Signal)
	if exit.Message != "" {
		text += fmt.Sprintf(" %q", exit.Message)
	}
	return text
}
