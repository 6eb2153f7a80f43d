package agent

import (
	"context"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/access"
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
)

// Reload reads the site's configuration again and puts it into force. It returns
// what has changed; settings that wait for a restart say so, and the rest is in force.
// After an error nothing has changed. Of two at once, one comes after the other.
func (a *Agent) Reload(ctx context.Context, by run.Actor) ([]config.Change, error) {
	select {
	case a.reloading <- struct{}{}:
		defer func() { <-a.reloading }()
	case <-ctx.Done(): // the agent stops, and a plugin may take its time to be tried
		return nil, ctx.Err()
	}
	a.told(a.Manager.Reloading())
	defer a.sayReady()
	changes, err := a.reload(ctx)
	if err != nil {
		a.logger.Error("site not reloaded: nothing has changed", problem.Fields("error", err)...)
		return nil, err
	}
	said := []any{"changes", len(changes)}
	if waiting := config.Waiting(changes); waiting != "" {
		said = append(said, "wait_for_a_restart", waiting)
	}
	a.logger.Info("site reloaded", said...)
	for _, c := range changes {
		a.logger.Info("setting changed", "setting", c.Setting, "what", c.What, "waits_for_a_restart", c.Restart)
	}
	a.record(ctx, changes, by)
	return changes, nil
}

// record records a reload that has changed something.
func (a *Agent) record(ctx context.Context, changes []config.Change, by run.Actor) {
	if len(changes) == 0 {
		return
	}
	e := run.Entry{At: time.Now(), Action: run.Reload, Thing: "site", ID: a.site.Name, Detail: config.Settings(changes), After: config.Text(changes), By: by}
	if err := a.DB.Record(ctx, e); err != nil {
		a.logger.Error("reload not recorded in the journal", "error", err)
	}
}

// reloadAtHangups ends with ctx. What is wrong is logged.
func (a *Agent) reloadAtHangups(ctx context.Context) error {
	for {
		select {
		case <-a.Hangups:
			_, _ = a.Reload(ctx, run.Actor{Name: "SIGHUP"})
		case <-ctx.Done():
			return nil
		}
	}
}

func (a *Agent) reload(ctx context.Context) ([]config.Change, error) {
	if a.Reread == nil {
		return nil, problem.New("this agent has no configuration that could be read again", "start it anew")
	}
	next, err := a.Reread()
	if err != nil {
		return nil, err
	}
	if err := next.Absolute(); err != nil {
		return nil, err
	}
	site, changes := a.Site.Site().Reload(next)
	admitted, err := access.Limits(site, a.logger.Named("dicom"))
	if err != nil {
		return nil, err
	}
	if err := a.Fleet.Check(ctx, site.Executors); err != nil {
		return nil, err
	}
	if err := a.Fleet.Change(site.Executors); err != nil {
		return nil, err
	}
	a.Site.Set(site)
	a.flows.Configure(site)
	a.admit(site, admitted)
	a.Reserve.Set(site.Retention.Reserve)
	a.retainer.Change(limits(site.Retention))
	a.logger.SetLevel(hclog.LevelFromString(site.Log.Level))
	a.deliverer.Wake()
	a.notifier.Wake()
	return changes, nil
}
