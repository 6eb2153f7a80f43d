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
			Name: "describe/is instant", Required: true, test: describedAtOnce, place: alone,
			Contract: "Describe is answered at once, before the plugin is configured and without a backend.",
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
	h := t.unconfigured()
	var found sdk.Description
	if err := t.quickly("Describe", func(ctx context.Context) (err error) { found, err = h.client.Describe(ctx); return err }); err != nil {
		t.fatal("Describe before Configure: %v", err)
	}
	if found.Name == "" || found.Version == "" {
		t.fail("the description has the name %q and the version %q; want both", found.Name, found.Version)
	}
}
