package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/core/plugin"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/host"
)

// lookTime is how long a plugin may take to tell how its backend is. The contract gives it two seconds.
const lookTime = 10 * time.Second

// look launches the plugin of one executor of a site for as long as it takes to learn how its backend is.
func (c *pluginListCommand) look(e config.Executor, p programs) api.Executor {
	shown := api.Executor{ID: e.Instance, Plugin: e.Plugin, State: "unhealthy", CPUs: e.CPUs, GPUs: len(e.GPUs)}
	ctx, cancel := context.WithTimeout(c.ctx, lookTime)
	defer cancel()
	description, now, err := learn(ctx, e, p, host.Options{Path: e.Path, SHA256: e.SHA256, Logger: p.logger(c.errs)})
	shown.Tell(description, now)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		shown.Message = fmt.Sprintf("it has not told within %v how its backend is", lookTime)
	case err != nil:
		shown.Message = err.Error()
	default:
		shown.State, shown.Message = now.Health.String(), now.Message
	}
	return shown
}

func learn(ctx context.Context, e config.Executor, p programs, options host.Options) (description sdk.Description, now sdk.Fingerprint, err error) {
	if options.Path == "" {
		if options.Path, err = plugin.Find(p.folder, e.Plugin); err != nil {
			return description, now, err
		}
	}
	client, err := host.Launch(ctx, options)
	if err != nil {
		return description, now, err
	}
	defer client.Close()
	description = client.Description()
	if description.Name != e.Plugin {
		return description, now, fmt.Errorf("%s is the plugin %q, not %q: install the right file", options.Path, description.Name, e.Plugin)
	}
	data, diagnostics := lang.DecodeWithSchema(e.Config, description.Config, nil)
	if err := diagnostics.Err(); err != nil {
		return description, now, err
	}
	// A folder and a name of its own, so that what the site's agent has there is not touched.
	work, err := os.MkdirTemp("", "raddeploy-look-")
	if err != nil {
		return description, now, err
	}
	defer os.RemoveAll(work)
	site := sdk.Site{Name: "raddeploy-plugin-list", Instance: e.Instance, WorkDir: work, Roots: []string{work}}
	if err := client.Configure(ctx, site, data); err != nil {
		return description, now, err
	}
	told := errors.New("it has told")
	err = client.Fingerprint(ctx, func(first sdk.Fingerprint) error {
		now = first
		return told
	})
	if errors.Is(err, told) {
		err = nil
	}
	return description, now, err
}
