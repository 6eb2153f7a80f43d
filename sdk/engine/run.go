package engine

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
)

// Run implements [attempts.Runner]: it brings the attempt to its end. Each round
// begins with what the engine and the notes have.
func (a *attempt) Run(life context.Context) {
	a.Bring(life, attempts.Rounds{
		Round:  a.round,
		Afresh: func(began time.Time, pause time.Duration) bool { return time.Since(began) > pause },
		Forget: func() { a.e.attempts.Forget(a.ID) },
		Ending: sdk.Errorf(sdk.Unavailable, "%s: the executor is ending", a.e.name),
	})
}

// round goes on from what there is, up to the end if nothing comes between.
func (a *attempt) round(ctx context.Context) (*sdk.Exit, error) {
	c, err := a.e.engine.Find(ctx, ContainerName(a.ID))
	if sdk.KindOf(err) == sdk.NotFound {
		return a.missing(ctx)
	}
	if err != nil {
		return nil, asError(err, "look for attempt "+string(a.ID))
	}
	if err := a.e.owns(c, a.ID); err != nil {
		if a.Accepted() {
			return a.failed(sdk.StartFailed, err.Error()), nil
		}
		return nil, err
	}
	return a.proceed(ctx, c)
}

// missing goes on when there is no container of the attempt: there has not been
// one yet, or somebody removed it.
func (a *attempt) missing(ctx context.Context) (*sdk.Exit, error) {
	if _, made := a.current(); made || a.task == nil {
		return a.gone(), nil
	}
	return a.make(ctx)
}

func (a *attempt) gone() *sdk.Exit {
	return a.failed(sdk.Vanished, "the container is gone: somebody else removed it from "+a.e.name)
}

// proceed goes on with a container.
func (a *attempt) proceed(ctx context.Context, c Container) (*sdk.Exit, error) {
	a.Update(func() { a.adoptLocked(c); a.Away = nil; a.AcceptLocked() })
	if exit := readNote[sdk.Exit](a.e, a.ID, noteExit); exit != nil {
		return a.settle(ctx, exit)
	}
	switch c.State {
	case Created:
		a.AdvanceTo(sdk.Starting)
		return a.start(ctx, c)
	case Ended:
		end, err := a.e.engine.Wait(ctx, c)
		return a.ended(ctx, end, err)
	}
	return a.follow(ctx, c)
}

// waited is what came of waiting.
type waited struct {
	end End
	err error
}

// follow waits for the end of the container's process, and ends it when its time
// is over.
func (a *attempt) follow(ctx context.Context, c Container) (*sdk.Exit, error) {
	// between the last look and the start, or by an earlier plugin process
	if a.asked() != nil {
		if err := a.stop(ctx); err != nil {
			return nil, err
		}
	}
	var expired <-chan time.Time
	if limit := c.timeout(); limit > 0 {
		timer := time.NewTimer(time.Until(a.began(c).Add(limit)))
		defer timer.Stop()
		expired = timer.C
	}
	waiting, stopWaiting := context.WithCancel(ctx)
	defer stopWaiting()
	ended := make(chan waited, 1)
	a.e.attempts.Go(func() {
		end, err := a.e.engine.Wait(waiting, c)
		ended <- waited{end, err}
	})
	pause := firstSample
	samples := time.NewTimer(pause)
	defer samples.Stop()
	for {
		select {
		case end := <-ended:
			return a.ended(ctx, end.end, end.err)
		case <-samples.C:
			a.sample(ctx, c)
			pause = min(2*pause, lastSample)
			samples.Reset(pause)
		case <-expired:
			expired = nil
			if err := a.finish(ctx, sdk.TimedOut, a.e.settings.StopGrace); err != nil {
				return nil, err
			}
		}
	}
}

// began is when the container's process was started, by this host's clock as far as
// that is known: an engine elsewhere may have another, by which the attempt's time
// would be over too early.
func (a *attempt) began(c Container) time.Time {
	if began := readNote[time.Time](a.e, a.ID, noteBegan); began != nil {
		return *began
	}
	if c.Started.IsZero() { // the engine does not know
		return time.Now()
	}
	return c.Started
}

// ended goes on when the container's process has ended, or its end could not be
// waited for.
func (a *attempt) ended(ctx context.Context, end End, err error) (*sdk.Exit, error) {
	switch {
	case sdk.KindOf(err) == sdk.NotFound:
		return a.gone(), nil
	case err != nil:
		return nil, asError(err, "wait for attempt "+string(a.ID))
	}
	if end.Warning != "" {
		a.Warn(end.Warning)
	}
	return a.finished(ctx, a.exitOf(end))
}

// finished writes down how an attempt ended that has a container, and settles
// it.
func (a *attempt) finished(ctx context.Context, exit *sdk.Exit) (*sdk.Exit, error) {
	a.Update(func() { a.over = true })
	if err := a.e.writeNote(a.ID, noteExit, exit); err != nil {
		return nil, err
	}
	return a.settle(ctx, exit)
}

// settle has the engine do what comes between the end and telling it.
func (a *attempt) settle(ctx context.Context, exit *sdk.Exit) (*sdk.Exit, error) {
	a.Update(func() { a.over = true })
	engine, ok := a.e.engine.(Settler)
	if !ok {
		return exit, nil
	}
	c, _ := a.current()
	err := engine.Settle(ctx, c, a.Warn)
	if sdk.KindOf(err) == sdk.NotFound {
		return a.gone(), nil
	}
	if err != nil {
		return nil, asError(err, "settle attempt "+string(a.ID))
	}
	return exit, nil
}
