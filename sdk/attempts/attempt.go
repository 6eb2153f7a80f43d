package attempts

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// Attempt is one open attempt. [Attempt.Bring] brings it to its end; any number
// of others watch it.
type Attempt struct {
	ID   sdk.AttemptID
	Done chan struct{} // closed when Bring has returned

	taken chan struct{} // closed when the backend has taken it on, or refused it
	nudge chan struct{} // asks Bring to look at the backend now

	Mu       sync.Mutex // of all that follows, and of what embedders add
	State    sdk.State
	Progress *sdk.Progress
	Waiting  string // why it is still queued
	Running  bool   // its process has been started
	Exit     *sdk.Exit
	Away     error // why it is unknown now what it does
	warnings []string
	refused  error         // why it was not taken on
	changed  chan struct{} // closed at the next change
}

// New returns an attempt that is not taken on yet.
func New(id sdk.AttemptID) *Attempt {
	return &Attempt{
		ID: id, State: sdk.Queued, Done: make(chan struct{}),
		taken: make(chan struct{}), nudge: make(chan struct{}, 1), changed: make(chan struct{}),
	}
}

// Update changes the attempt and wakes those who watch it.
func (a *Attempt) Update(change func()) {
	a.Mu.Lock()
	defer a.Mu.Unlock()
	change()
	close(a.changed)
	a.changed = make(chan struct{})
}

// AdvanceTo notes how far the attempt is; states only grow.
func (a *Attempt) AdvanceTo(state sdk.State) {
	a.Update(func() { a.State = max(a.State, state) })
}

// Warn tells watchers what did not go as it should.
func (a *Attempt) Warn(text string) {
	a.Update(func() { a.warnings = append(a.warnings, text) })
}

// AcceptLocked tells who started or recovered it that the backend has taken the
// attempt on. Mu is held, as in Update.
func (a *Attempt) AcceptLocked() {
	select {
	case <-a.taken:
	default:
		close(a.taken)
	}
}

// Accepted reports whether the backend has taken the attempt on, or refused it.
func (a *Attempt) Accepted() bool {
	select {
	case <-a.taken:
		return true
	default:
		return false
	}
}

func (a *Attempt) refuseLocked(err error) {
	if !a.Accepted() {
		a.refused = err
		a.AcceptLocked()
	}
	a.Away = err
}

// TakenOn waits until the attempt is taken on or refused.
func (a *Attempt) TakenOn(ctx context.Context) error {
	select {
	case <-a.taken:
		a.Mu.Lock()
		defer a.Mu.Unlock()
		return a.refused
	case <-ctx.Done():
		if away := a.View().Away; away != nil {
			return away
		}
		return sdk.Errorf(sdk.Unavailable, "start %s: %w", a.ID, ctx.Err())
	}
}

// Retry makes Bring look at the backend now if it had gone away, and has
// watchers wait for what it finds.
func (a *Attempt) Retry() {
	a.Mu.Lock()
	defer a.Mu.Unlock()
	if a.Away == nil {
		return
	}
	a.Away = nil
	select {
	case a.nudge <- struct{}{}:
	default:
	}
}

// View is what a watcher sees at a moment.
type View struct {
	State    sdk.State
	Progress *sdk.Progress
	Waiting  string
	Warnings []string
	Running  bool
	Exit     *sdk.Exit
	Away     error
	Changed  <-chan struct{} // closed at the next change
}

// View returns how the attempt is now.
func (a *Attempt) View() View {
	a.Mu.Lock()
	defer a.Mu.Unlock()
	return View{a.State, a.Progress, a.Waiting, a.warnings, a.Running, a.Exit, a.Away, a.changed}
}

// ErrMeanwhile is among the causes of a round's error if somebody else is
// making what the round wanted to make: a backend goes on with the calls of a
// plugin process that was killed, and may give away a name before anybody can
// look at what bears it. Then the attempt is not refused: the next round sees
// what came of it.
var ErrMeanwhile = errors.New("another process is making it")

// Rounds are what brings an attempt to its end.
type Rounds struct {
	// Round goes on from what the backend has, up to the end if nothing comes
	// between. An error without an end means that it is unknown now.
	Round func(ctx context.Context) (*sdk.Exit, error)
	// Afresh tells whether a round that broke off had come far, so that the
	// next one need not wait for long. Began is when it began.
	Afresh func(began time.Time, pause time.Duration) bool
	// Forget is called before an attempt is refused that no round has taken on.
	Forget func()
	// Ending is what those who wait are told when the executor ends.
	Ending error
}

// Bring brings the attempt to its end. A round can break off anywhere; while
// the backend does not answer, rounds are repeated without end.
func (a *Attempt) Bring(life context.Context, r Rounds) {
	defer close(a.Done)
	const shortest, longest = 100 * time.Millisecond, 5 * time.Second
	for pause := shortest; ; pause = min(2*pause, longest) {
		began := time.Now()
		exit, err := r.Round(life)
		switch {
		case exit != nil:
			a.Update(func() { a.Exit, a.Away = exit, nil; a.AcceptLocked() })
			return
		case life.Err() != nil:
			a.Update(func() { a.refuseLocked(r.Ending) })
			return
		case !a.Accepted() && !errors.Is(err, ErrMeanwhile):
			r.Forget()
			a.Update(func() { a.refuseLocked(err) })
			return
		}
		if r.Afresh(began, pause) {
			pause = shortest
		}
		a.Update(func() { a.Away = err })
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-a.nudge:
		case <-life.Done():
		}
		timer.Stop()
	}
}
