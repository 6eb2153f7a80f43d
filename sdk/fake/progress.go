package fake

import (
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// situation is how far an attempt is at one moment. Everything follows from the folder and the clock.
type situation struct {
	record  record
	state   sdk.State
	started time.Time
	exit    *sdk.Exit // nil while it has not ended
}

func (b Backend) situation(attempt sdk.AttemptID, now time.Time) (situation, error) {
	var ended sdk.Exit
	found, err := b.record(attempt)
	if err != nil {
		return situation{}, err
	}
	plan := found.Plan
	pulling := found.Accepted.Add(plan.Queue)
	s := situation{record: found, started: pulling.Add(plan.Pull)}
	if ok, err := b.read(attempt, "ended", &ended); ok || err != nil {
		s.state, s.exit = sdk.Running, &ended
		return s, err
	}
	switch {
	case now.Before(pulling):
		s.state = sdk.Queued
	case now.Before(s.started):
		s.state = sdk.Pulling
	default:
		s.state = sdk.Running
	}

	// Whatever comes first ends it.
	end := func(at time.Time, exit sdk.Exit) {
		if !now.Before(at) && (s.exit == nil || at.Before(s.exit.Finished)) {
			exit.Finished = at
			s.exit = &exit
		}
	}
	var stop, release mark
	stopped, err := b.read(attempt, "stop", &stop)
	if err != nil {
		return situation{}, err
	}
	released, err := b.read(attempt, "release", &release)
	if err != nil {
		return situation{}, err
	}
	natural := sdk.Exit{Reason: reasons[plan.Reason], Code: plan.Exit, Signal: plan.Signal, Message: plan.Message}
	if natural.Signal != 0 {
		natural.Code = 128 + natural.Signal
	}
	switch {
	case !plan.Hold:
		end(s.started.Add(plan.Run), natural)
	case released:
		end(later(s.started, release.At), natural)
	}
	if stopped {
		exit := sdk.Exit{Reason: sdk.Stopped, Code: 128 + 15, Signal: 15}
		if plan.Deaf {
			stop.At, exit.Code, exit.Signal = stop.At.Add(stop.Grace), 128+9, 9
		}
		end(stop.At, exit)
	}
	if limit := found.Task.Timeout; limit > 0 {
		end(s.started.Add(limit), sdk.Exit{Reason: sdk.TimedOut, Code: 128 + 9, Signal: 9, Message: "it ran longer than " + limit.String()})
	}
	if s.exit != nil {
		s.exit.Node = "fake"
		if ran := s.exit.Reason != sdk.StartFailed && s.exit.Reason != sdk.ImageUnavailable; ran && !s.exit.Finished.Before(s.started) {
			s.exit.Started = s.started
			s.exit.Usage = sdk.Usage{CPU: s.exit.Finished.Sub(s.started), MemoryPeak: 1 << 20}
			s.exit.ImageDigest = "sha256:fake"
		}
	}
	return s, nil
}

// conclude makes what an ended attempt leaves in its outputs, once, and notes the end.
func (b Backend) conclude(attempt sdk.AttemptID, now time.Time) (situation, error) {
	s, err := b.situation(attempt, now)
	if err != nil || s.exit == nil {
		return s, err
	}
	var ended sdk.Exit
	if ok, err := b.read(attempt, "ended", &ended); ok || err != nil {
		return s, err
	}
	if !s.exit.Started.IsZero() {
		if err := leave(s.record); err != nil {
			return s, err
		}
	}
	_, err = b.write(attempt, "ended", s.exit)
	return s, err
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
