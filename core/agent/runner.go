package agent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/sync/errgroup"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/datafolder"
	"github.com/raddeploy/raddeploy/core/execute"
	"github.com/raddeploy/raddeploy/core/fleet"
	"github.com/raddeploy/raddeploy/core/inventory"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/schedule"
	"github.com/raddeploy/raddeploy/core/spool"
	"github.com/raddeploy/raddeploy/core/state"
)

// Runner is the part of an agent that executes runs: its data folder, its
// executors and its scheduler. It neither receives nor sends.
type Runner struct {
	// EndTasks ends all tasks when Run ends, for a data folder that is thrown
	// away. Else they go on in their runtimes, and the next Runner finds them.
	EndTasks bool

	Site      *config.Current
	Folder    *datafolder.Folder
	DB        *state.DB    // of the folder
	Spool     *spool.Spool // of the folder
	Reserve   *spool.Reserve
	Fleet     *fleet.Fleet
	Engine    *execute.Engine
	Scheduler *schedule.Scheduler
}

// OpenRunner opens a site's data folder for this process alone, and its
// executors. A site that names no executor has the best that is found, which is
// then written into site.
func OpenRunner(ctx context.Context, site *config.Site, logger hclog.Logger) (*Runner, error) {
	r := &Runner{Site: &config.Current{}}
	if err := r.open(ctx, site, logger); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Runner) open(ctx context.Context, site *config.Site, logger hclog.Logger) (err error) {
	if err := site.Absolute(); err != nil {
		return err
	}
	unpacked := filepath.Join(site.DataDir, "statics")
	if r.Folder, err = datafolder.Open(ctx, site.DataDir); err != nil {
		return err
	}
	r.DB, r.Spool = r.Folder.DB, r.Folder.Spool
	r.Reserve = r.Spool.Reserve(site.Retention.Reserve)
	if err := os.MkdirAll(unpacked, 0o755); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	r.Scheduler = schedule.New()
	if r.Fleet, err = r.openFleet(ctx, site, logger); err != nil {
		return err
	}
	r.Site.Set(site)
	r.Engine = &execute.Engine{
		Layout:    r.Spool.Runs(),
		Spool:     r.Spool,
		Statics:   site.StaticDir,
		Unpacked:  unpacked,
		Reserve:   r.Reserve,
		LogSize:   site.Retention.LogSize,
		Store:     r.DB,
		TarSubdir: site.TarSubdir,
		Executor:  func(instance string) execute.Executor { return r.Fleet.Executor(instance) },
		Devices:   r.Fleet.Devices,
		Plugin:    r.Fleet.Plugin,
		Local:     r.Fleet.Local,
		Runs:      r.Fleet.Runs,
		Locate:    func(string, int, ...string) lang.Range { return lang.Range{} },
		Logger:    logger.Named("execute"),
	}
	s := r.Scheduler
	s.Runs, s.Attempts, s.Ledger, s.Actions, s.Clock = r.DB, r.DB, r.DB, r.DB, r.DB
	s.Fleet, s.Engine, s.Files = r.Fleet, r.Engine, r.Spool.Runs()
	s.Destinations = r.Site
	s.Room = r.Reserve.Check
	s.Deliver = func() {}
	s.Logger = logger.Named("schedule")
	return nil
}

func (r *Runner) openFleet(ctx context.Context, site *config.Site, logger hclog.Logger) (*fleet.Fleet, error) {
	gpus, err := inventory.Open(filepath.Join(site.DataDir, "gpus.json"))
	if err != nil {
		return nil, err
	}
	host := fleet.Host{Identity: site.Name + "-" + r.Folder.ID, DataDir: site.DataDir, StaticDir: site.StaticDir, PluginDir: site.PluginDir, Logger: logger}
	if len(site.Executors) == 0 {
		open, err := r.DB.AttemptsIn(ctx, run.AttemptIntended, run.AttemptStarted)
		if err != nil {
			return nil, err
		}
		found, err := host.Choose(ctx, site, open)
		if err != nil {
			return nil, err
		}
		site.Executors = []config.Executor{found}
	}
	f, err := fleet.New(host, site.Executors, gpus, r.DB, r.Scheduler.Wake)
	if err != nil {
		return nil, err
	}
	return f, f.ReadDrained(ctx)
}

// Run executes runs until ctx ends. The plugins outlive the scheduler, which
// needs them to its end.
func (r *Runner) Run(ctx context.Context) error {
	launched, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var plugins errgroup.Group
	plugins.Go(func() error { return r.Fleet.Launch(launched) })
	loops, ctx := errgroup.WithContext(ctx)
	loops.Go(func() error { return r.Fleet.Run(ctx) })
	loops.Go(func() error { return r.Scheduler.Run(ctx) })
	err := loops.Wait()
	if r.EndTasks {
		r.Fleet.End(launched)
	}
	stop()
	return errors.Join(err, plugins.Wait())
}

// Close closes the data folder. It is called after Run, or instead.
func (r *Runner) Close() error {
	if r.Folder == nil {
		return nil
	}
	return r.Folder.Close()
}
