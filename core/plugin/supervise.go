package plugin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/host"
)

// configureTimeout is long for a call that contacts nobody.
const configureTimeout = 30 * time.Second

// Run launches the plugin, and launches it again with growing pauses whenever
// it has ended, does not answer or refuses its configuration. When ctx ends it
// ends the process and returns nil; attempts go on in their backend. It is
// called once.
func (e *Executor) Run(ctx context.Context) error {
	var told string
	for tries := 1; ; tries++ {
		began := time.Now()
		spec, outdated := e.now()
		err := e.live(ctx, spec, outdated)
		if ctx.Err() != nil {
			err = errors.New("the agent is stopping")
		}
		e.down(err)
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, errOutdated) {
			tries, told = 0, ""
			continue
		}
		if time.Since(began) > e.pace.settled {
			tries, told = 1, ""
		}
		pause := e.pace.backoff.After(tries)
		if message := err.Error(); message != told { // the same reason again and again is told once
			e.logger.Error("executor is away", append(problem.Fields("error", err), "next_try_in", pause)...)
			told = message
		}
		if rest(ctx, pause, outdated) {
			tries = 0
		}
	}
}

// errOutdated is why a process ends whose settings have changed.
var errOutdated = errors.New("its settings have changed")

// rest waits until the next launch is due, and reports whether it is due because
// there are new settings.
func rest(ctx context.Context, pause time.Duration, outdated <-chan struct{}) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-outdated:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// Ready waits until the plugin was launched and configured for the first time,
// and says why if that did not work. Run goes on trying.
func (e *Executor) Ready(ctx context.Context) error {
	for {
		changed := e.Changed()
		e.mu.Lock()
		decided, client, reason := e.decided, e.client, e.reason
		e.mu.Unlock()
		switch {
		case client != nil:
			return nil
		case decided:
			return fmt.Errorf("executor %q: %w", e.instance, reason)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// live is the life of one process. It returns why it is over.
func (e *Executor) live(ctx context.Context, spec Spec, outdated <-chan struct{}) error {
	client, err := launch(ctx, spec, e.logger)
	if err != nil {
		return err
	}
	defer client.Close()
	description := client.Description()
	e.update(func() { e.description = &description })
	if err := spec.configure(ctx, client); err != nil {
		return err
	}
	current := true
	e.update(func() {
		if current = e.outdated.Changed() == outdated; !current {
			return
		}
		e.client, e.decided = client, true
		e.generation++
		e.fingerprint.Message = "the plugin has not yet told how its backend is"
	})
	if !current {
		return errOutdated
	}
	e.logger.Info("executor is launched", "plugin", description.Name, "version", description.Version, "pid", client.PID())
	for _, problem := range e.UnknownAllowed() {
		e.logger.Warn(problem)
	}

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	followed := make(chan struct{})
	go func() {
		defer close(followed)
		e.follow(ctx, client)
	}()
	err = e.pulse(ctx, client, outdated)
	e.down(err) // it must not be called while it is ended
	cancel()
	<-followed
	return err
}

func (s *Spec) configure(ctx context.Context, client *host.Client) error {
	config, err := s.settings(client.Description().Config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, configureTimeout)
	defer cancel()
	if err := client.Configure(ctx, s.Site, config); err != nil {
		return fmt.Errorf("configure: %w", s.explained(err))
	}
	return nil
}

// pulse returns when the process has ended, does not answer any more or is
// outdated.
func (e *Executor) pulse(ctx context.Context, client *host.Client, outdated <-chan struct{}) error {
	ticker := time.NewTicker(e.pace.pulse)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-client.Exited():
			return errors.New("the plugin's process has ended")
		case <-outdated:
			return errOutdated
		case <-ticker.C:
		}
		asking, cancel := context.WithTimeout(ctx, e.pace.pulse)
		_, err := client.Describe(asking)
		cancel()
		if errors.Is(err, context.DeadlineExceeded) {
			client.Kill()
			return fmt.Errorf("the plugin's process did not answer for %s and was killed", e.pace.pulse)
		}
	}
}

// follow keeps the latest fingerprint.
func (e *Executor) follow(ctx context.Context, client *host.Client) {
	for {
		err := client.Fingerprint(ctx, func(now sdk.Fingerprint) error {
			e.tell(client, func() { e.fingerprint = now })
			e.logger.Debug("backend", "health", now.Health.String(), "message", now.Message, "backend", now.Backend)
			return nil
		})
		if ctx.Err() != nil {
			return
		}
		e.tell(client, func() { e.fingerprint.Health, e.fingerprint.Message = sdk.Unhealthy, err.Error() })
		select {
		case <-time.After(e.pace.backoff.First):
		case <-client.Exited():
			return
		case <-ctx.Done():
			return
		}
	}
}

// tell takes in what a process says, unless it is not to be called any more.
func (e *Executor) tell(client *host.Client, change func()) {
	e.update(func() {
		if e.client == client {
			change()
		}
	})
}

// down records that there is nothing to call.
func (e *Executor) down(reason error) { e.update(func() { e.away(reason) }) }

// away is called with e locked.
func (e *Executor) away(reason error) {
	e.client, e.decided, e.reason = nil, true, reason
	e.fingerprint.Health, e.fingerprint.Message = sdk.Unhealthy, "the plugin is away: "+reason.Error()
}
