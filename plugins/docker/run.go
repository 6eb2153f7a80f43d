package docker

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/engine"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
	"github.com/raddeploy/raddeploy/sdk/startfault"
)

// Run implements [attempts.Runner]: it brings the attempt to its end. Each round
// begins with what the engine has.
func (a *attempt) Run(life context.Context) {
	a.Bring(life, attempts.Rounds{
		Round:  a.round,
		Afresh: func(_ time.Time, pause time.Duration) bool { return a.leftSince(pause) },
		Forget: func() { a.e.attempts.Forget(a.ID) },
		Ending: sdk.Errorf(sdk.Unavailable, "docker: the executor is ending"),
	})
}

// leftSince tells whether the engine went away only within the given time.
func (a *attempt) leftSince(d time.Duration) bool {
	a.Mu.Lock()
	defer a.Mu.Unlock()
	return !a.lost.IsZero() && time.Since(a.lost) < d
}

// round goes on from what the engine has, up to the end if nothing comes between.
func (a *attempt) round(ctx context.Context) (*sdk.Exit, error) {
	c, err := a.e.engine.Inspect(ctx, containerName(a.ID))
	if engine.IsNotFound(err) {
		return a.missing(ctx)
	}
	if err != nil {
		return nil, asError(err, "look for attempt "+string(a.ID))
	}
	if _, err := a.e.planOf(c, a.ID); err != nil {
		if a.Accepted() {
			return a.failed(sdk.StartFailed, err.Error()), nil
		}
		return nil, err
	}
	return a.proceed(ctx, c)
}

// missing goes on when the engine has no container of the attempt: there has
// not been one yet, or somebody removed it.
func (a *attempt) missing(ctx context.Context) (*sdk.Exit, error) {
	a.Mu.Lock()
	there, task := a.container != "", a.task
	a.Mu.Unlock()
	if there || task == nil {
		return a.failed(sdk.Vanished, "the container is gone: somebody else removed it from docker"), nil
	}
	return a.make(ctx)
}

// proceed goes on with a container.
func (a *attempt) proceed(ctx context.Context, c engine.Container) (*sdk.Exit, error) {
	if _, err := a.e.info(ctx); err != nil {
		return nil, asError(err, "look at docker for attempt "+string(a.ID))
	}
	a.Update(func() { a.adoptLocked(c); a.Away = nil; a.AcceptLocked() })
	switch {
	case c.Status == engine.Created:
		a.AdvanceTo(sdk.Starting)
		return a.start(ctx)
	case c.Ended():
		return a.collect(ctx, c)
	}
	return a.follow(ctx, a.e.engine.Wait(ctx, c.ID, false), c.Started)
}

// adoptLocked takes over what a container tells.
func (a *attempt) adoptLocked(c engine.Container) {
	a.container = c.ID
	if p, err := a.e.planOf(c, a.ID); err == nil {
		a.plan = p
	}
	if a.ending == nil {
		a.ending = a.e.noted(a.ID)
	}
	if c.Status != engine.Created {
		a.State, a.Running = sdk.Running, true
		a.over = c.Ended()
	}
}

var errEngineLeaves = sdk.Errorf(sdk.Unavailable, "docker is being stopped, or answers no more: how the attempt ended is told when it is back")

// overdueAfter is how long after its time a container is ended that the engine
// should have ended.
const overdueAfter = 2 * time.Second

// follow waits for the end of the container's process, and ends it when its
// time is over.
func (a *attempt) follow(ctx context.Context, ended <-chan error, started time.Time) (*sdk.Exit, error) {
	var expired <-chan time.Time
	if a.plan.Timeout > 0 {
		timer := time.NewTimer(time.Until(started.Add(a.plan.Timeout)))
		defer timer.Stop()
		expired = timer.C
	}
	var overdue <-chan time.Time
	// between the last look and the start, or before the engine or the plugin
	// process went away
	if asked := a.asked(); asked != nil {
		if !asked.Told {
			if err := a.stop(ctx); err != nil {
				return nil, err
			}
		}
		timer := time.NewTimer(time.Until(asked.Until().Add(overdueAfter)))
		defer timer.Stop()
		overdue = timer.C
	}
	pause := firstSample
	samples := time.NewTimer(pause)
	defer samples.Stop()
	for {
		select {
		case <-samples.C:
			a.sample(ctx)
			pause = min(2*pause, lastSample)
			samples.Reset(pause)
		case err := <-ended:
			if err == nil && !a.e.livesOn() && !a.e.engine.Stays(ctx) {
				err = errEngineLeaves
			}
			if err != nil {
				a.Mu.Lock()
				a.lost = time.Now()
				a.Mu.Unlock()
				return nil, asError(err, "wait for attempt "+string(a.ID))
			}
			c, err := a.e.engine.Inspect(ctx, a.container)
			if engine.IsNotFound(err) {
				return a.missing(ctx)
			}
			if err != nil {
				return nil, asError(err, "look at attempt "+string(a.ID))
			}
			return a.collect(ctx, c)
		case <-overdue:
			// an engine that was restarted has forgotten that it is to end the
			// container
			overdue = nil
			if err := a.stop(ctx); err != nil {
				return nil, err
			}
		case <-expired:
			expired = nil
			if err := a.finish(ctx, sdk.TimedOut, a.e.config.StopGrace); err != nil {
				return nil, err
			}
		}
	}
}

// collect takes the outputs out of a container whose process has ended, and
// tells how it ended.
func (a *attempt) collect(ctx context.Context, c engine.Container) (*sdk.Exit, error) {
	a.Update(func() { a.over = true })
	for _, out := range a.plan.Out {
		err := a.e.copyOut(ctx, c.ID, out)
		if engine.IsNotFound(err) {
			return a.missing(ctx)
		}
		if err != nil {
			return nil, asError(err, "copy the output "+out.Container+" of attempt "+string(a.ID))
		}
	}
	c, err := a.whyKilled(ctx, c)
	if err != nil {
		return nil, err
	}
	return a.exitOf(c, a.killed(ctx, c)), nil
}

// unstartable is the end of an attempt whose process could not be started.
func (a *attempt) unstartable(doing, said string) *sdk.Exit {
	exit := a.failed(sdk.StartFailed, doing+": "+said)
	startfault.Judge(exit, said)
	return exit
}

// failed is the end of an attempt whose process has not run, or whose end
// nobody knows.
func (a *attempt) failed(reason sdk.Reason, message string) *sdk.Exit {
	return &sdk.Exit{Reason: reason, Message: message, Node: a.e.node(), Finished: time.Now()}
}
