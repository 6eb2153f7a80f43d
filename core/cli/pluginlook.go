package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/core/plugin"
	"github.com/raddeploy/raddeploy/sdk"
)

// lookTime is how long a plugin may take to tell how its backend is. The
// contract gives it two seconds.
const lookTime = 10 * time.Second

// look launches the plugin of one executor of a site for as long as it takes to
// learn how its backend is.
func (c *pluginListCommand) look(e config.Executor, p programs) api.Executor {
	shown := api.Executor{ID: e.Instance, Plugin: e.Plugin, State: "unhealthy", CPUs: e.CPUs, GPUs: len(e.GPUs)}
	ctx, cancel := context.WithTimeout(c.ctx, lookTime)
	defer cancel()
	description, now, err := learn(ctx, e, p, p.logger(c.errs))
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

func learn(ctx context.Context, e config.Executor, p programs, logger hclog.Logger) (description sdk.Description, now sdk.Fingerprint, err error) {
	path := e.Path
	if path == "" {
		if path, err = plugin.Find(p.folder, e.Plugin); err != nil {
			return description, now, err
		}
	}
	// A folder and a name of its own, so that what the site's agent has there
	// is not touched.
	work, err := os.MkdirTemp("", "raddeploy-look-")
	if err != nil {
		return description, now, err
	}
	defer os.RemoveAll(work)
	block := e.Config
	if block == nil {
		block = &lang.Node{Kind: lang.Map, Range: e.At}
	}
	return plugin.Look(ctx, plugin.Spec{
		Name: e.Plugin, Path: path, SHA256: e.SHA256,
		Site: sdk.Site{Name: "raddeploy-plugin-list", Instance: e.Instance, WorkDir: work, Roots: []string{work}},
		Decode: func(schema sdk.Schema) ([]byte, error) {
			data, found := lang.DecodeWithSchema(block, schema, nil)
			return data, found.Err()
		},
		Explain: func(found sdk.Diagnostics) error { return plugin.ExplainConfig(block, found).Err() },
	}, logger)
}
