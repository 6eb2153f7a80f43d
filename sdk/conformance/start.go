package conformance

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

func startCases() []Case {
	const read = "go doc sdk.Executor.Start"
	return []Case{
		{
			Name: "start/is quick", Required: true, Read: read, test: startIsQuick,
			Contract: "Start returns as soon as the backend has taken the attempt on, long before the task ends.",
		},
		{
			Name: "start/of what has ended", Required: true, Read: read, test: startedAfterTheEnd,
			Contract: "A second Start of one attempt is the same attempt, whatever its state: what has ended is not run again.",
		},
	}
}

func startIsQuick(t *trial) {
	const long = 5 * time.Second
	a := t.attempt(Work{sleep(long)})
	a.validate()
	if err := t.within(quick, "Start", func(context.Context) error { return a.tryStart() }); err != nil {
		t.fatal("Start: %v", err)
	}
	if held := a.held(); len(held) != 1 || held[0].Ended {
		t.fail("after Start, List has %v of a task that takes %v; want it once and not ended", held, long)
	}
}

func startedAfterTheEnd(t *trial) {
	a := t.runs(Work{exit(0)})
	first := a.exit
	if err := a.tryStart(); err != nil {
		t.fatal("Start of what has ended: %v", err)
	}
	if second := a.wantReason(sdk.Exited); !second.Finished.Equal(first.Finished) {
		t.fail("it ended at %v at first and at %v after the second Start: it was run again", first.Finished, second.Finished)
	}
	if held := a.held(); len(held) != 1 {
		t.fail("List has the attempt %d times; want 1", len(held))
	}
}
