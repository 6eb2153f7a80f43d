package fleet

import (
	"context"
	"fmt"
	"os"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/plugin"
	"github.com/raddeploy/raddeploy/sdk"
)

// trialSite is how a plugin calls the site that is configured only to see whether
// it takes its settings. No attempt bears it.
const trialSite = "raddeploy-reload"

// Check returns what is wrong with executors' blocks, before [Fleet.Change]: a
// program that is not there or is another one, and settings that its plugin does
// not take. A plugin that would be launched by Change is launched to ask it; its
// backend is not asked.
func (f *Fleet) Check(ctx context.Context, blocks []config.Executor) error {
	for _, c := range blocks {
		if f.Configured(c.Instance) && config.SamePlugin(f.Executor(c.Instance).Config(), c) {
			continue
		}
		if err := f.try(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

func (f *Fleet) try(ctx context.Context, c config.Executor) error {
	spec, err := f.host.spec(c)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "raddeploy-reload-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	spec.Site = sdk.Site{Name: trialSite, Instance: c.Instance, WorkDir: work, Roots: []string{work}}
	if err := plugin.Try(ctx, spec, f.logger); err != nil {
		return fmt.Errorf("%s: executor %q: %w", c.At, c.Instance, err)
	}
	return nil
}
