package conformance

import (
	"context"
	"reflect"

	"github.com/raddeploy/raddeploy/sdk"
)

func describeCases() []Case {
	return []Case{
		{
			Name: "describe/is the same each time", Required: true, test: describedTwice, bare: true,
			Contract: "Describe answers with what is constant for a program: it does not depend on the machine, the moment or the configuration.",
			Read:     "go doc sdk.Description",
		},
		{
			Name: "describe/is instant", Required: true, test: describedAtOnce, place: alone, bare: true,
			Contract: "Describe is answered at once, before the plugin is configured and without a backend.",
			Read:     "go doc sdk.Executor",
		},
		{
			Name: "describe/to the agent alone", Required: true, test: describedToStrangers, bare: true,
			Contract: "The plugin answers only who has the key to the certificate that the agent gave it: neither others with TLS nor plain text.",
			Read:     "examples/executor-python/README.md; go doc sdk.Main",
		},
		{
			Name: "describe/ends with the agent", Required: true, test: endsWithTheAgent,
			Contract: "A plugin's process ends when its standard input does: the agent is gone then, and launches another when it is back. Attempts go on.",
			Read:     "examples/executor-python/README.md; go doc sdk.Main",
		},
	}
}

func describedTwice(t *trial) {
	first := t.run.description
	for _, h := range []*house{t.home, t.home, t.unconfigured()} {
		ctx, cancel := t.patience()
		defer cancel()
		now, err := h.client.Describe(ctx)
		if err != nil {
			t.fatal("Describe: %v", err)
		}
		if !reflect.DeepEqual(first, now) {
			t.fail("Describe answered at first %+v, and later %+v", first, now)
			return
		}
	}
}

func describedAtOnce(t *trial) {
	h := t.unconfigured()
	var found sdk.Description
	if err := t.quickly("Describe", func(ctx context.Context) (err error) { found, err = h.client.Describe(ctx); return err }); err != nil {
		t.fatal("Describe before Configure: %v", err)
	}
	if found.Name == "" || found.Version == "" {
		t.fail("the description has the name %q and the version %q; want both", found.Name, found.Version)
	}
}

func describedToStrangers(t *trial) {
	ctx, cancel := t.patience()
	defer cancel()
	answered, err := t.unconfigured().client.AnswersStrangers(ctx)
	if err != nil {
		t.fatal("no stranger could call: %v", err)
	}
	for _, how := range answered {
		t.fail("a stranger who called %s was answered", how)
	}
}

func endsWithTheAgent(t *trial) {
	a := t.startApart(Work{hold})
	_ = a.house.client.Abandon()
	ctx, cancel := t.patience()
	defer cancel()
	select {
	case <-a.house.client.Exited():
	case <-ctx.Done():
		t.fatal("its standard input was closed, and %v later the process is there still", t.run.Patience)
	}
	a.killed(a.handle)
	a.running()
}
