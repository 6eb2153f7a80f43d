package conformance

import (
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

func surviveCases() []Case {
	const read = "go doc sdk.Executor; go doc sdk.Executor.Recover"
	const goes = "The plugin may be killed at any moment: its attempts go on, and Recover makes them known to the next process"
	return []Case{
		{
			Name: "recover/with the handle", Required: true, Read: read, test: recoveredWith(func(h sdk.Handle) sdk.Handle { return h }),
			Contract: goes + ".",
		},
		{
			Name: "recover/without the handle", Required: true, Read: read, test: recoveredWith(func(sdk.Handle) sdk.Handle { return nil }),
			Contract: goes + ", also without the handle, which is a hint: the agent may not have lived to note it.",
		},
		{
			Name: "recover/with garbage for a handle", Required: true, Read: read, test: recoveredWith(func(sdk.Handle) sdk.Handle { return sdk.Handle("\x00{garbage\xff") }),
			Contract: goes + ", also with a handle that it cannot read: the attempt's id is the key.",
		},
		{
			Name: "recover/what ended meanwhile", Required: true, Read: read, test: endedMeanwhile,
			Contract: goes + "; what ended while no plugin was there has its true Exit.",
		},
		{
			Name: "recover/then stop", Required: true, Read: read, test: recoveredThenStopped,
			Contract: goes + ", which can stop and remove them like its own.",
		},
		{
			Name: "recover/then start", Required: true, Read: "go doc sdk.Executor.Start", test: startedAcross,
			Contract: "A second Start of one attempt is the same attempt, also if an earlier process of the plugin was given the first: its process runs once.",
		},
		{
			Name: "recover/killed while it is started", Required: true, Read: "go doc sdk.Executor.Start", test: startedAndKilled,
			Contract: "The plugin may be killed at any moment, also while Start is under way: a second Start, of its next process, is the same attempt, whose process runs once.",
		},
		{
			Name: "recover/logs by cursor", Read: "go doc sdk.LogReader", test: logsAcross,
			Contract: "The output outlives the plugin, and a cursor that one process of the plugin gave is good for the next.",
		},
		{
			Name: "recover/of what is unknown", Required: true, Read: read, test: recoveredUnknown,
			Contract: "If the backend does not know the attempt, Recover is an error of kind NotFound: the agent then starts it.",
		},
		{
			Name: "deadline/is kept", Required: true, Read: "go doc sdk.Task", test: deadline,
			Contract: "The executor ends an attempt as soon as Timeout has passed since its process started, with reason TimedOut.",
		},
		{
			Name: "deadline/is kept after a restart", Required: true, Read: "go doc sdk.Task; go doc sdk.Executor.Recover", test: deadlineAcross,
			Contract: "The executor ends an attempt when Timeout has passed since its process started, also if it was recovered by another process of the plugin.",
		},
		{
			Name: "deadline/is not the attempt's end", Required: true, Read: "go doc sdk.Task", test: deadlineUnused,
			Contract: "Timeout is a backstop: an attempt that ends in time ends as its process did.",
		},
	}
}

// killed kills the plugin, launches it again and recovers the attempt.
func (a *attempt) killed(handle sdk.Handle) {
	a.replaced()
	if err := a.recover(handle); err != nil {
		a.t.fatal("Recover, after the plugin was killed: %v", err)
	}
}

func (a *attempt) recover(handle sdk.Handle) error {
	ctx, cancel := a.t.patience()
	defer cancel()
	return a.house.client.Recover(ctx, a.task, handle)
}

// replaced kills the plugin and launches it again.
func (a *attempt) replaced() {
	a.t.must(a.house.client.Kill())
	a.house = a.t.again(a.house)
}

// startApart starts a task with a plugin that may be killed.
func (t *trial) startApart(work Work, adapt ...func(*sdk.Task)) *attempt {
	a := t.attemptAt(t.apart(), work, adapt...)
	a.start()
	return a
}

func recoveredWith(handle func(sdk.Handle) sdk.Handle) func(*trial) {
	return func(t *trial) {
		trace := t.trace()
		a := t.startApart(Work{trace.leave("before\n"), sleep(t.stretch(1500 * time.Millisecond)), trace.leave("after\n"), exit(7)}, trace.in)
		a.running()
		a.killed(handle(a.handle))
		a.wantCode(7)
		if held := a.held(); len(held) != 1 {
			t.fail("after the restart, List has the attempt %d times; want 1", len(held))
		}
		trace.want(a, "before\nafter\n")
	}
}

func endedMeanwhile(t *trial) {
	a := t.startApart(Work{sleep(1500 * time.Millisecond), exit(7)})
	a.running()
	a.t.must(a.house.client.Kill())
	select { // time for the task to end; it makes no difference to what must hold
	case <-time.After(1700 * time.Millisecond):
	case <-t.ctx.Done():
	}
	a.killed(a.handle)
	a.wantCode(7)
}

func recoveredThenStopped(t *trial) {
	a := t.startApart(Work{hold})
	a.running()
	a.killed(a.handle)
	if err := a.stop(time.Second); err != nil {
		t.fatal("Stop of what was recovered: %v", err)
	}
	a.wantReason(sdk.Stopped)
	if err := a.remove(); err != nil {
		t.fail("Remove of what was recovered: %v", err)
	}
}

func startedAcross(t *trial) {
	trace := t.trace()
	a := t.startApart(Work{trace.leave("ran\n"), sleep(t.stretch(2500 * time.Millisecond))}, trace.in)
	a.replaced() // and not recovered: the agent may have died before it knew that Start was done
	if err := a.tryStart(); err != nil {
		t.fatal("Start of what an earlier process of the plugin has started: %v", err)
	}
	a.wantCode(0)
	trace.want(a, "ran\n")
}

// startedAndKilled kills a plugin ever later after the call of Start, until
// Start was quicker. What was started runs beside each other, as far as the
// executor has slots.
func startedAndKilled(t *trial) {
	var running []func()
	for delay := time.Millisecond; delay < 600*time.Millisecond; delay *= 4 {
		trace := t.trace()
		a := t.attemptAt(t.apart(), Work{trace.leave("ran\n"), sleep(t.stretch(2500 * time.Millisecond))}, trace.in)
		a.validate()
		started := make(chan error, 1)
		go func(first *house) {
			ctx, cancel := t.patience()
			defer cancel()
			_, err := first.client.Start(ctx, a.task)
			started <- err
		}(a.house)
		select { // the moment makes no difference to what must hold
		case <-time.After(delay):
		case <-t.ctx.Done():
		}
		a.replaced()
		pending := <-started
		if err := a.tryStart(); err != nil {
			t.fatal("Start, after the plugin was killed %v after the first: %v", delay, err)
		}
		running = append(running, func() {
			a.wantCode(0)
			if held := a.held(); len(held) != 1 {
				t.fail("List has the attempt %d times; want 1", len(held))
			}
			trace.want(a, "ran\n")
		})
		if pending == nil || len(t.findings) > 0 {
			break
		}
		if t.run.slots > 0 {
			running[0]()
			running = nil
		}
	}
	for _, ends := range running {
		ends()
	}
}

func logsAcross(t *trial) {
	t.needLogs()
	a := t.startApart(Work{printed(sdk.Stdout, "one\ntw"), sleep(t.stretch(2 * time.Second)), printed(sdk.Stdout, "o\nthree\n")})
	ctx, cancel := t.patience()
	defer cancel()
	var before, rest []byte
	var after sdk.Cursor
	err := a.read(ctx, sdk.LogRequest{Stream: sdk.Stdout, Follow: true}, func(c sdk.LogChunk) error {
		before, after = append(before, c.Data...), c.Next
		return errEnough
	})
	if err != errEnough {
		t.fatal("Logs, following, before anything came: %v", err)
	}
	a.killed(a.handle)
	err = a.read(ctx, sdk.LogRequest{Stream: sdk.Stdout, After: after, Follow: true}, func(c sdk.LogChunk) error {
		rest = append(rest, c.Data...)
		return nil
	})
	if err != nil {
		t.fail("Logs from cursor %q of an earlier process on: %v", after, err)
	}
	t.wantBytes("stdout, before and after the restart,", append(before, rest...), []byte("one\ntwo\nthree\n"))
}

func recoveredUnknown(t *trial) {
	a := t.attempt(Work{exit(0)})
	t.wantKind("Recover of what is unknown", a.recover(nil), sdk.NotFound)
	removed := t.runs(Work{exit(0)})
	if err := removed.remove(); err != nil {
		t.fatal("Remove: %v", err)
	}
	t.wantKind("Recover of what was removed", removed.recover(removed.handle), sdk.NotFound)
}

func timeout(d time.Duration) func(*sdk.Task) { return func(task *sdk.Task) { task.Timeout = d } }

func (a *attempt) wantTimedOut(limit time.Duration) {
	exit := a.wantReason(sdk.TimedOut)
	if lasted := exit.Finished.Sub(exit.Started); exit.Reason == sdk.TimedOut && lasted < limit*9/10 {
		a.t.fail("it was ended after %v; its Timeout was %v", lasted, limit)
	}
}

func deadline(t *trial) {
	const limit = time.Second
	t.start(Work{hold}, timeout(limit)).wantTimedOut(limit)
}

func deadlineAcross(t *trial) {
	limit := t.stretch(2 * time.Second) // it is to run still when the plugin is killed
	a := t.startApart(Work{hold}, timeout(limit))
	a.running()
	a.killed(nil)
	a.wantTimedOut(limit)
}

func deadlineUnused(t *trial) { t.start(Work{exit(7)}, timeout(10*time.Minute)).wantCode(7) }
