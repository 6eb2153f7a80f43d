package conformance

import (
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

func stopCases() []Case {
	const read = "go doc sdk.Executor.Stop"
	return []Case{
		{
			Name: "stop/gently first", Required: true, Read: read, test: stoppedGently,
			Contract: "Stop asks first gently, by SIGTERM: a process that heeds it can end in its own way before grace has passed. The Exit has reason Stopped.",
		},
		{
			Name: "stop/by force after grace", Required: true, Read: read, test: stoppedByForce,
			Contract: "When grace has passed, and not before, Stop ends by force what did not heed it. The Exit has reason Stopped.",
		},
		{
			Name: "stop/returns when the request is made", Required: true, Read: read, test: stopReturns,
			Contract: "Stop returns when the request is made, and does not wait for the end; a second Stop with less grace counts.",
		},
		{
			Name: "stop/again does not prolong", Required: true, Read: read, test: stopIsNotProlonged,
			Contract: "A second Stop with more grace than the first has left does not prolong it.",
		},
		{
			Name: "stop/of what has ended", Required: true, Read: read, test: stoppedAfterTheEnd,
			Contract: "Stopping an attempt that has ended is a no-op: no error, and the Exit stays what it was.",
		},
		{
			Name: "stop/of what is unknown", Required: true, Read: read, test: stoppedUnknown,
			Contract: "Stopping an unknown attempt returns an error of kind NotFound.",
		},
		{
			Name: "stop/of what was removed", Required: true, Read: read, test: stoppedAfterRemove,
			Contract: "A removed attempt is unknown: stopping it returns an error of kind NotFound.",
		},
	}
}

func stoppedGently(t *trial) {
	trace := t.trace()
	a := t.start(Work{trace.whenAsked("asked\n"), trace.leave("began\n"), ready, hold}, trace.in)
	a.ready()
	if err := a.stop(time.Hour); err != nil { // far longer than the exit is waited for
		t.fatal("Stop: %v", err)
	}
	a.wantReason(sdk.Stopped)
	trace.want(a, "began\nasked\n")
}

func stoppedByForce(t *trial) {
	const grace = 2 * time.Second
	a := t.start(Work{{Do: DoDeaf}, ready, hold})
	a.ready()
	began := time.Now()
	if err := a.stop(grace); err != nil {
		t.fatal("Stop: %v", err)
	}
	a.wantReason(sdk.Stopped)
	if took := time.Since(began); took < grace*3/4 {
		t.fail("what does not heed SIGTERM was ended after %v; want a grace of %v", took, grace)
	}
}

func stopReturns(t *trial) {
	a := t.start(Work{{Do: DoDeaf}, ready, hold})
	a.ready()
	if err := a.stop(10 * time.Minute); err != nil {
		t.fatal("Stop with a grace of ten minutes: %v", err)
	}
	if held := a.held(); len(held) != 1 || held[0].Ended {
		t.fail("List has %v of what has grace still; want it once and not ended", held)
	}
	if err := a.stop(0); err != nil {
		t.fatal("a second Stop, without grace: %v", err)
	}
	a.wantReason(sdk.Stopped)
}

func stopIsNotProlonged(t *trial) {
	a := t.start(Work{{Do: DoDeaf}, ready, hold})
	a.ready()
	for _, grace := range []time.Duration{1200 * time.Millisecond, 10 * time.Minute} {
		if err := a.stop(grace); err != nil {
			t.fatal("Stop with a grace of %v: %v", grace, err)
		}
	}
	a.wantReason(sdk.Stopped)
}

func stoppedAfterTheEnd(t *trial) {
	a := t.start(Work{exit(7)})
	a.wantCode(7)
	if err := a.stop(time.Second); err != nil {
		t.fail("Stop of what has ended: %v", err)
	}
	a.wantCode(7)
}

func stoppedUnknown(t *trial) {
	t.wantKind("Stop of what is unknown", t.attempt(nil).stop(0), sdk.NotFound)
}

func stoppedAfterRemove(t *trial) {
	a := t.runs(Work{exit(0)})
	if err := a.remove(); err != nil {
		t.fatal("Remove: %v", err)
	}
	t.wantKind("Stop of what was removed", a.stop(0), sdk.NotFound)
}
