package fake

import (
	"cmp"
	"math"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// situation is how far an attempt is at one moment. Everything follows from the
// folder and the clock.
type situation struct {
	record  record
	played  played
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
	if b.slots > 0 && !b.has(attempt, "ended") {
		turn, err := b.turn(attempt, now)
		if err != nil {
			return situation{}, err
		}
		if turn.IsZero() {
			turn = now.Add(time.Hour) // not yet
		}
		pulling = later(pulling, turn)
	}
	s := situation{record: found, started: pulling.Add(plan.Pull)}
	if !now.Before(s.started) {
		if s.played, err = b.played(found); err != nil {
			return situation{}, err
		}
	}
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
	case len(plan.Steps) > 0 && natural.Reason == sdk.Exited:
		end(s.started.Add(s.played.Lasts), s.played.Exit)
	case !plan.Hold:
		end(s.started.Add(plan.Run), natural)
	case released:
		end(later(s.started, release.At), natural)
	}
	if stopped {
		exit := sdk.Exit{Reason: sdk.Stopped, Code: 128 + 15, Signal: 15}
		trap, caught := s.played.trap(stop.At.Sub(s.started))
		switch {
		case b.breaks("stop is never gentle"):
			exit.Code, exit.Signal = 128+9, 9
		case plan.Deaf, caught && trap.Deaf:
			if b.breaks("stop has no grace") {
				stop.Grace = 0
			}
			stop.At, exit.Code, exit.Signal = stop.At.Add(stop.Grace), 128+9, 9
		case caught:
			exit.Code, exit.Signal = 0, 0
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

// played does an attempt's steps as if nothing came between, once.
func (b Backend) played(r record) (p played, err error) {
	if len(r.Plan.Steps) == 0 {
		return p, nil
	}
	if ok, err := b.read(r.Task.Attempt, "played", &p); ok || err != nil {
		return p, err
	}
	stage, err := b.stage(r)
	if err != nil {
		return p, err
	}
	if p, err = stage.play(r.Plan.Steps, math.MaxInt64); err == nil {
		_, err = b.write(r.Task.Attempt, "played", p)
	}
	return p, cmp.Or(err, stage.close())
}

// output is what the attempt has written to a stream so far.
func (s situation) output(stream sdk.Stream, now time.Time) []byte {
	if len(s.record.Plan.Steps) == 0 {
		return outputOf(s.record.Plan, stream)
	}
	if s.exit == nil {
		return s.played.output(stream, now.Sub(s.started))
	}
	output := s.played.output(stream, s.exit.Finished.Sub(s.started))
	if trap, ok := s.lastWords(); ok && trap.Path == "" && trap.Stream == stream {
		output = append(output, trap.Data...)
	}
	return output
}

// lastWords is what the process does because it was stopped.
func (s situation) lastWords() (trap, bool) {
	if s.exit == nil || s.exit.Reason != sdk.Stopped || s.exit.Signal != 0 {
		return trap{}, false
	}
	last, ok := s.played.trap(s.exit.Finished.Sub(s.started))
	return last, ok && !last.Deaf
}

// conclude makes what an ended attempt leaves in its outputs, once, and notes
// the end.
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
		if err := b.leave(s); err != nil {
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

// imagePlan makes a plan with steps heed the task's image: of those that the
// conformance suite asks for one cannot be fetched, and the fetching of another
// never ends.
func imagePlan(plan Plan, image string) Plan {
	switch {
	case len(plan.Steps) == 0:
	case strings.HasSuffix(image, missingImage):
		plan.Reason, plan.Message = "image_unavailable", "there is no such image"
	case strings.HasSuffix(image, silentImage):
		plan.Pull = time.Hour
	}
	return plan
}

const (
	missingImage = "/raddeploy/absent:1"
	silentImage  = "/raddeploy/silent:1"
)
