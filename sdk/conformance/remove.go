package conformance

import (
	"slices"

	"github.com/raddeploy/raddeploy/sdk"
)

func removeCases() []Case {
	const read = "go doc sdk.Executor.Remove"
	return []Case{
		{
			Name: "remove/forgets", Required: true, Read: read, test: removed,
			Contract: "Remove forgets an ended attempt and everything the executor made for it: nobody can watch, list or recover it any more.",
		},
		{
			Name: "remove/twice", Required: true, Read: read, test: removedTwice,
			Contract: "Removing an unknown attempt, or one that was removed before, is a no-op: no error.",
		},
		{
			Name: "remove/while it runs is refused", Required: true, Read: read, test: removedWhileRunning,
			Contract: "Removing an attempt that still runs returns an error of kind FailedPrecondition, and leaves it running.",
		},
		{
			Name: "remove/only one's own", Required: true, Read: "go doc sdk.Site", test: removedByOthers,
			Contract: "Remove concerns only what bears the site's name: what another site runs stays.",
		},
		{
			Name: "list/in whatever state", Required: true, Read: "go doc sdk.Executor.List; go doc sdk.Held", test: listed,
			Contract: "List names the attempts that the backend holds, each once, and whether it has ended.",
		},
		{
			Name: "list/only one's own", Required: true, Read: "go doc sdk.Executor.List; go doc sdk.Site", test: listedByOthers,
			Contract: "List names the attempts of this agent's instance only: not those of another site, nor of another instance.",
		},
		{
			Name: "remove/leaves nothing behind", Required: true, Read: read, test: nothingIsLeft, place: last,
			Contract: "When all that was started has ended and was removed, List is empty.",
		},
	}
}

func removed(t *trial) {
	a := t.runs(Work{printed(sdk.Stdout, "x")})
	if err := a.remove(); err != nil {
		t.fatal("Remove: %v", err)
	}
	if held := a.held(); len(held) > 0 {
		t.fail("List has %v still", held)
	}
	ctx, cancel := t.patience()
	defer cancel()
	t.wantKind("Watch of what was removed", a.watch(ctx, func(sdk.Event) error { return nil }), sdk.NotFound)
	if t.run.description.Capabilities.Logs {
		_, err := a.output(sdk.Stdout)
		t.wantKind("Logs of what was removed", err, sdk.NotFound)
	}
}

func removedTwice(t *trial) {
	a := t.runs(Work{exit(0)})
	for _, which := range []string{"the first", "a second", "a third"} {
		if err := a.remove(); err != nil {
			t.fail("%s Remove: %v", which, err)
		}
	}
	if err := t.attempt(nil).remove(); err != nil {
		t.fail("Remove of what was never started: %v", err)
	}
}

func removedWhileRunning(t *trial) {
	a := t.start(Work{hold})
	a.running()
	t.wantKind("Remove of what runs", a.remove(), sdk.FailedPrecondition)
	if held := a.held(); len(held) != 1 || held[0].Ended {
		t.fail("after Remove was refused, List has %v; want it once and not ended", held)
	}
}

// stranger launches the plugin for another site, with an instance of the same
// name and a folder of its own.
func (t *trial) stranger() *house {
	h := t.run.newHouse("stranger")
	h.site.Name, h.site.Instance = "elsewhere", t.home.site.Instance
	return t.again(h)
}

func removedByOthers(t *trial) {
	a := t.start(Work{exit(7)})
	a.wantCode(7)
	ctx, cancel := t.patience()
	defer cancel()
	_ = t.stranger().client.Remove(ctx, a.task.Attempt) // to it, the attempt is unknown
	if held := a.held(); len(held) != 1 {
		t.fail("after another site's Remove, List has the attempt %d times; want 1", len(held))
	}
	a.wantCode(7)
}

func listed(t *trial) {
	ended, running := t.runs(Work{exit(0)}), t.start(Work{hold})
	running.running()
	for _, want := range []struct {
		a     *attempt
		ended bool
	}{{ended, true}, {running, false}} {
		if held := want.a.held(); len(held) != 1 || held[0].Ended != want.ended {
			t.fail("List has %v; want the attempt once, with Ended %v", held, want.ended)
		}
	}
}

func listedByOthers(t *trial) {
	a := t.runs(Work{exit(0)})
	b := t.start(Work{hold})
	for what, h := range map[string]*house{"another instance": t.apart(), "another site": t.stranger()} {
		held, err := func() ([]sdk.Held, error) {
			ctx, cancel := t.patience()
			defer cancel()
			return h.client.List(ctx)
		}()
		if err != nil {
			t.fail("List of %s: %v", what, err)
		}
		for _, one := range held {
			if one.Attempt == a.task.Attempt || one.Attempt == b.task.Attempt {
				t.fail("%s lists %v, which is not its own", what, one)
			}
		}
	}
}

func nothingIsLeft(t *trial) {
	t.run.mu.Lock()
	left := slices.Clone(t.run.left)
	if len(t.run.stuck) > 0 {
		left = append(left, t.run.sayStuck())
	}
	t.run.mu.Unlock()
	for _, what := range left {
		t.fail("%s", what)
	}
	ctx, cancel := t.patience()
	defer cancel()
	held, err := t.home.client.List(ctx)
	if err != nil || len(held) > 0 {
		t.fail("at the end List has %v, error %v", held, err)
	}
}
