package conformance

import (
	"context"
	"reflect"

	"github.com/raddeploy/raddeploy/sdk"
)

func describeCases() []Case {
	return []Case{
		{
			Name: "describe/is the same each time", Required: true, test: describedTwice,
			Contract: "Describe answers with what is constant for a program: it does not depend on the machine, the moment or the configuration.",
			Read:     "go doc sdk.Description",
		},
		{
			Name: "describe/is instant", Required: true, test: describedAtOnce,
			Contract: "A plugin can be launched and described before it is configured, without a backend, within two seconds.",
			Read:     "go doc sdk.Executor",
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
	var h *house
	_ = t.within(quick, "launch", func(context.Context) error { h = t.unconfigured(); return nil })
	var found sdk.Description
	if err := t.within(quick, "Describe", func(ctx context.Context) (err error) { found, err = h.client.Describe(ctx); return err }); err != nil {
		t.fatal("Describe before Configure: %v", err)
	}
	if found.Name == "" || found.Version == "" {
		t.fail("the description has the name %q and the version %q; want both", found.Name, found.Version)
	}
}
