package conformance

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

func watchCases() []Case {
	const read = "go doc sdk.Executor.Watch; go doc sdk.Event"
	return []Case{
		{
			Name: "watch/the present state first", Required: true, Read: read, test: watchedMidway,
			Contract: "Watch sends the present state of an attempt first, also to who comes later.",
		},
		{
			Name: "watch/states only grow", Required: true, Read: read, test: watchedStates,
			Contract: "Watch sends the changes of an attempt's state, which only grows; running is one of them when the process ran.",
		},
		{
			Name: "watch/after the exit", Required: true, Read: read, test: watchedAfterExit,
			Contract: "An attempt can be watched after its end, and then the Exit is the same.",
		},
		{
			Name: "watch/by two", Required: true, Read: read, test: watchedByTwo,
			Contract: "Several watchers may watch one attempt, and each is sent the Exit, which is the same.",
		},
		{
			Name: "watch/cancelled", Required: true, Read: read, test: watchCancelled,
			Contract: "Who stops watching stops nothing else: the attempt goes on and others watch it.",
		},
		{
			Name: "watch/cannot tell is not the end", Required: true, Read: read + "; go doc sdk.Unavailable", test: watchedInAStall, place: alone,
			Contract: "While the backend does not answer, no attempt has ended and none is unknown: Watch and List are errors of kind Unavailable, or wait.",
		},
		{
			Name: "watch/of what is unknown", Required: true, Read: "go doc sdk.NotFound", test: watchedUnknown,
			Contract: "Watching what the backend does not know is an error of kind NotFound.",
		},
	}
}

func watchedMidway(t *trial) {
	a := t.start(Work{hold})
	a.running()
	var first sdk.Event
	ctx, cancel := t.patience()
	defer cancel()
	err := a.watch(ctx, func(e sdk.Event) error {
		if e.Warning != "" { // is part of the present, too
			return nil
		}
		first = e
		return errEnough
	})
	if err != errEnough {
		t.fatal("Watch of a task that runs sent nothing; then: %v", err)
	}
	if first.State != sdk.Running {
		t.fail("who watches a task that runs is first sent: %s; want state running", describe(first))
	}
}

func watchedStates(t *trial) {
	a := t.start(Work{sleep(300 * time.Millisecond)})
	ctx, cancel := t.patience()
	defer cancel()
	var state sdk.State
	if err := a.watch(ctx, func(e sdk.Event) error {
		switch {
		case e.Exit == nil && e.Progress == nil && e.Warning == "" && e.Waiting == "" && e.State <= state:
			t.fail("state %s came after state %s", e.State, state)
		case e.State > state:
			state = e.State
		}
		return nil
	}); err != nil {
		t.fatal("Watch: %v", err)
	}
	if state != sdk.Running {
		t.fail("the last state before the exit was %s; want running", state)
	}
}

// seen is an exit as another watcher must see it, too.
func seen(exit *sdk.Exit) sdk.Exit {
	same := *exit
	same.Usage = sdk.Usage{} // engines forget it
	same.Started, same.Finished = same.Started.UTC(), same.Finished.UTC()
	return same
}

func (t *trial) wantSame(first, second *sdk.Exit) {
	if a, b := seen(first), seen(second); !reflect.DeepEqual(a, b) {
		t.fail("one watcher was sent the exit %+v, another %+v", a, b)
	}
}

func watchedAfterExit(t *trial) {
	a := t.start(Work{exit(7)})
	first := a.end()
	a.wantCode(7)
	t.wantSame(first, a.exit)
}

func watchedByTwo(t *trial) {
	a := t.start(Work{sleep(300 * time.Millisecond), exit(7)})
	ctx, cancel := t.patience()
	defer cancel()
	exits := make([]*sdk.Exit, 2)
	var watching sync.WaitGroup
	for i := range exits {
		watching.Go(func() {
			err := a.house.client.Watch(ctx, a.task.Attempt, func(e sdk.Event) error {
				exits[i] = e.Exit
				return nil
			})
			if err != nil {
				t.fail("one of two watchers, instead of an Exit: %v", err)
			}
		})
	}
	watching.Wait()
	if exits[0] != nil && exits[1] != nil {
		t.wantSame(exits[0], exits[1])
	}
	a.wantCode(7)
}

func watchCancelled(t *trial) {
	a := t.start(Work{hold})
	for range 3 { // each watches until it hears that
		a.running()
	}
	if held := a.held(); len(held) != 1 || held[0].Ended {
		t.fail("after three have stopped watching, List has %v; want the attempt once and not ended", held)
	}
}

func watchedUnknown(t *trial) {
	ctx, cancel := t.patience()
	defer cancel()
	a := t.attempt(nil)
	t.wantKind("Watch of what is unknown", a.watch(ctx, func(sdk.Event) error { return nil }), sdk.NotFound)
}

func watchedInAStall(t *trial) {
	if t.run.Stall == nil {
		t.skip("Suite.Stall is not given")
	}
	a := t.start(Work{hold})
	a.running()
	resume, err := t.run.Stall(t.ctx)
	t.must(err)
	// however the case ends; twice is a no-op
	t.closers = append(t.closers, func() { _ = resume() })
	ctx, cancel := context.WithTimeout(t.ctx, quick) // by the wall: it only has to be some time
	defer cancel()
	cannotTell := func(call string, err error) {
		if kind := sdk.KindOf(err); kind != sdk.Unavailable && !errors.Is(err, context.DeadlineExceeded) {
			t.fail("%s, while the backend does not answer: error %v of kind %q; want one of kind %q", call, err, kind, sdk.Unavailable)
		}
	}
	cannotTell("Watch", a.house.client.Watch(ctx, a.task.Attempt, func(e sdk.Event) error {
		if e.Exit != nil {
			t.fail("while the backend does not answer, Watch sent the exit %s", sayExit(e.Exit))
		}
		return nil
	}))
	ctx, cancel = context.WithTimeout(t.ctx, quick)
	defer cancel()
	held, err := a.house.client.List(ctx)
	if err != nil {
		cannotTell("List", err)
	} else if !slices.Contains(held, sdk.Held{Attempt: a.task.Attempt}) {
		t.fail("while the backend does not answer, List has %v; want an error, or the attempt and not ended", held)
	}
	t.must(resume())
	a.running()
	if held := a.held(); len(held) != 1 || held[0].Ended {
		t.fail("when the backend answers again, List has %v; want the attempt once and not ended", held)
	}
}
