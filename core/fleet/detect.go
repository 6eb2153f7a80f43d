package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// preferred are the plugins that a site without executors is tried with.
var preferred = []string{"docker", "process"}

// detectTimeout is how long a backend is waited for when one is looked for.
const detectTimeout = 5 * time.Second

// Choose returns the executor of a site that names none: that of the open
// attempts which an earlier agent left, even if its backend is away now, or else
// the best that is found.
func (h Host) Choose(ctx context.Context, site *config.Site, open []run.Attempt) (config.Executor, error) {
	if len(open) > 0 && slices.Contains(preferred, open[0].Executor) {
		return byDefault(open[0].Executor, site), nil
	}
	return h.Detect(ctx, site)
}

func byDefault(name string, site *config.Site) config.Executor {
	return config.Executor{Plugin: name, Instance: name, CPUs: site.CPUs, GPUs: site.GPUs}
}

// Detect finds the first executor whose backend is healthy here.
func (h Host) Detect(ctx context.Context, site *config.Site) (config.Executor, error) {
	var tried []error
	for _, name := range preferred {
		candidate := byDefault(name, site)
		e, err := h.Open(candidate)
		if err != nil {
			tried = append(tried, err)
			continue
		}
		f := probe(ctx, e)
		if f.Health == sdk.Healthy {
			h.Logger.Info("no executor is configured: using the best that is here", "executor", name, "backend", f.Backend)
			return candidate, nil
		}
		tried = append(tried, fmt.Errorf("executor %s: %s", name, f.Message))
	}
	return config.Executor{}, &problem.Error{
		Op:     "no executor is configured, and none works here",
		Cause:  errors.Join(tried...),
		Advice: "install a runtime, or name one with an executor block",
	}
}

// probe runs an executor for as long as it takes to learn its health.
func probe(ctx context.Context, e *Executor) sdk.Fingerprint {
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = e.Run(ctx)
	}()
	f := e.AwaitHealth(ctx)
	stop()
	<-ended
	return f
}

// AwaitHealth waits a few seconds until an executor that runs has told its
// backend's health, and returns what it told.
func (e *Executor) AwaitHealth(ctx context.Context) sdk.Fingerprint {
	ctx, stop := context.WithTimeout(ctx, detectTimeout)
	defer stop()
	for {
		changed := e.Changed()
		f := e.Fingerprint()
		if e.Err() == nil && f.Health != 0 && f.Backend != "" || f.Health == sdk.Undetected {
			return f
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return e.Fingerprint()
		}
	}
}
