package conformance

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

func startCases() []Case {
	const read = "go doc sdk.Executor.Start"
	const idempotent = "A second Start of one attempt is the same attempt, whatever its state: "
	return []Case{
		{
			Name: "validate/has no effects", Required: true, Read: "go doc sdk.Executor.ValidateTask", test: validatedOnly,
			Contract: "ValidateTask says what is wrong with a task, quickly and without effects.",
		},
		{
			Name: "start/is quick", Required: true, Read: read, test: startIsQuick, place: alone,
			Contract: "Start returns as soon as the backend has taken the attempt on, long before the task ends.",
		},
		{
			Name: "start/is quick while the image is fetched", Read: read, test: startWhileFetching, place: alone,
			Contract: "Start does not wait for the image: fetching it comes after Start, and is seen on Watch.",
		},
		{
			Name: "start/is idempotent", Required: true, Read: read, test: startedTwice,
			Contract: idempotent + "its process runs once.",
		},
		{
			Name: "start/many at the same moment", Required: true, Read: read, test: startedAtOnce,
			Contract: idempotent + "of many Starts at the same moment none fails, and its process runs once.",
		},
		{
			Name: "start/of what has ended", Required: true, Read: read, test: startedAfterTheEnd,
			Contract: idempotent + "what has ended is not run again.",
		},
		{
			Name: "start/fifty at once", Required: true, Read: "go doc sdk.Executor", test: fiftyAtOnce, place: alone,
			Contract: "Every method may be called from many goroutines at once: fifty attempts run beside each other, and each ends as its own process did.",
		},
	}
}

func validatedOnly(t *trial) {
	a := t.attempt(Work{exit(0)})
	a.validate()
	if held := a.held(); len(held) > 0 {
		t.fail("List has the attempt %v, which was only validated", held)
	}
	ctx, cancel := t.patience()
	defer cancel()
	t.wantKind("Watch of what was only validated", a.watch(ctx, func(sdk.Event) error { return nil }), sdk.NotFound)
}

func startIsQuick(t *trial) {
	var a *attempt
	if err := t.quickly("Start of a task that takes ten minutes", func(context.Context) error {
		a = t.attempt(Work{hold})
		return a.tryStart()
	}); err != nil {
		t.fatal("Start: %v", err)
	}
	if held := a.held(); len(held) != 1 || held[0].Ended {
		t.fail("after Start, List has %v; want the attempt once and not ended", held)
	}
}

func startWhileFetching(t *trial) {
	var a *attempt
	if err := t.quickly("Start with an image whose registry does not answer", func(context.Context) error {
		a = t.attempt(Work{exit(0)}, func(task *sdk.Task) { task.Container.Image = t.silentImage() })
		a.validate(wordImage)
		return a.tryStart()
	}); err != nil {
		t.fatal("Start: %v", err)
	}
	if err := a.tryStart(); err != nil {
		t.fail("a second Start while the image is fetched: %v", err)
	}
	if held := a.held(); len(held) != 1 {
		t.fail("while its image is fetched, List has the attempt %d times; want 1", len(held))
	}
}

func startedTwice(t *trial) {
	trace := t.trace()
	a := t.start(Work{trace.leave("ran\n"), sleep(t.stretch(2500 * time.Millisecond))}, trace.in)
	for _, moment := range []string{"at once", "while it runs"} {
		if err := a.tryStart(); err != nil {
			t.fail("a second Start %s: %v", moment, err)
		}
		a.running()
	}
	a.wantCode(0)
	if held := a.held(); len(held) != 1 {
		t.fail("List has the attempt %d times; want 1", len(held))
	}
	trace.want(a, "ran\n")
}

func startedAtOnce(t *trial) {
	trace := t.trace()
	// it lasts longer than the Starts take on a loaded machine: one that came behind
	// the end would be another case's
	a := t.attempt(Work{trace.leave("ran\n"), sleep(t.stretch(4 * time.Second))}, trace.in)
	a.validate()
	var starting sync.WaitGroup
	for range 8 {
		starting.Go(func() {
			ctx, cancel := t.patience()
			defer cancel()
			if _, err := a.house.client.Start(ctx, a.task); err != nil {
				t.fail("one of many Starts at the same moment: %v", err)
			}
		})
	}
	starting.Wait()
	a.wantCode(0)
	if held := a.held(); len(held) != 1 {
		t.fail("List has the attempt %d times; want 1", len(held))
	}
	trace.want(a, "ran\n")
}

func startedAfterTheEnd(t *trial) {
	trace := t.trace()
	a := t.runs(Work{trace.leave("ran\n")}, trace.in)
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
	trace.want(a, "ran\n")
}

// fifty is how many attempts run beside each other, as far as the executor has
// slots.
const fifty = 50

func fiftyAtOnce(t *trial) {
	beside := fifty
	if t.run.slots > 0 {
		beside = min(fifty, t.run.slots)
	}
	turns := (fifty + beside - 1) / beside
	var attempts []*attempt
	for i := range fifty {
		attempts = append(attempts, t.attempt(Work{sleep(time.Second / time.Duration(turns)), exit(i)}))
	}
	attempts[0].validate()
	ctx, cancel := t.within(time.Duration(max(4, turns)) * t.run.Patience)
	defer cancel()
	wrong := make([]string, fifty)
	var working sync.WaitGroup
	seats := make(chan struct{}, beside)
	for i, a := range attempts {
		seats <- struct{}{}
		working.Go(func() {
			defer func() { <-seats }()
			wrong[i] = a.endsWith(ctx, i)
		})
	}
	working.Wait()
	if wrong = slices.DeleteFunc(wrong, func(what string) bool { return what == "" }); len(wrong) > 0 {
		t.fail("%d of fifty did not end as they should: first: %s", len(wrong), wrong[0])
	}
}

// endsWith runs the attempt, one of fifty, and says what went wrong if it does
// not end with the code.
func (a *attempt) endsWith(ctx context.Context, code int) string {
	a.began = time.Now()
	if _, err := a.startAgain(ctx); err != nil {
		return fmt.Sprintf("Start of number %d: %v", code+1, err)
	}
	if err := a.watchAgain(ctx, func(sdk.Event) error { return nil }); err != nil {
		return fmt.Sprintf("Watch of number %d, instead of an Exit: %v", code+1, err)
	}
	if a.exit.Reason != sdk.Exited || a.exit.Code != code {
		return fmt.Sprintf("the exit of number %d is %s; want reason exited with code %d", code+1, sayExit(a.exit), code)
	}
	return ""
}
