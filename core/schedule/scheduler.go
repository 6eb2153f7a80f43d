package schedule

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/schedule/plan"
	"github.com/raddeploy/raddeploy/core/spool"
)

// Scheduler is the loop. Its exported fields are set before Run.
type Scheduler struct {
	Runs     Runs
	Attempts Attempts
	Ledger   Ledger
	Actions  Actions
	Clock    Clock
	Fleet    Fleet
	Engine   Engine
	Files    spool.Runs
	// Destinations are those that the site names.
	Destinations Destinations
	// Room returns an error while the disk has too little room for tasks to
	// start; nil: it always has.
	Room func() error
	// Deliver wakes the deliverer: a run has deliveries.
	Deliver func()
	// Watch is told what happens, to count it.
	Watch  Watch
	Logger hclog.Logger

	wake wake.Signal

	// All below is of Run's goroutine.

	queue    plan.Queue
	runs     map[run.ID]*openRun
	programs programs
	last     int64 // the newest run that was loaded
	acted    int64 // the newest entry of the journal that was taken in
	live     map[run.AttemptID]*underway
	resting  []rest          // tasks that are not tried again before a time
	fresh    []*openRun      // those whose tasks are not yet known to be possible
	unsure   []*openRun      // those with tasks of which that was unknown
	known    []capability    // of the executors, when unsure was looked at last
	unread   map[run.ID]bool // runs that are to be read again and could not be
	beginAt  time.Time       // no task is begun before: the store records none
	unbegun  int             // how many attempts in a row could not be recorded
	roomAt   time.Time       // when the disk is asked again for room; zero: it had some
	short    string          // what it said when it had none
	retryAt  time.Time       // when what could not be read is read again; zero: all was

	ended     chan ending
	committed chan commit
	told      chan telling
	recording bool      // what tasks wait for is being recorded
	nextTell  time.Time // not before then is more of it recorded

	working  sync.WaitGroup // attempts, commits and removals under way
	removing sync.Map       // the attempts whose removal is under way
}

const (
	// interval is how often the scheduler looks without having been woken.
	interval = 30 * time.Second
	// retryInterval is the pause before something that the store could not do is
	// done again.
	retryInterval = time.Second
)

// New returns a scheduler. Its fields are set before Run.
func New() *Scheduler {
	return &Scheduler{
		Watch:     nobody{},
		wake:      wake.NewSignal(),
		runs:      make(map[run.ID]*openRun),
		programs:  make(programs),
		live:      make(map[run.AttemptID]*underway),
		unread:    make(map[run.ID]bool),
		ended:     make(chan ending),
		committed: make(chan commit),
		told:      make(chan telling),
	}
}

// Wake tells the scheduler that there may be something to do.
func (s *Scheduler) Wake() { s.wake.Wake() }

// Run starts tasks until ctx ends, and returns when nothing that it began is
// under way any more. Attempts go on in their runtimes without it; the next Run
// finds them. The error is that of the rows which it begins with.
func (s *Scheduler) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer s.working.Wait()
	defer stop() // of what was resumed before an error
	if err := s.resume(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("resume open runs: %w", err)
	}
	for news := true; ctx.Err() == nil; {
		if news || s.retryDue(time.Now()) {
			s.read(ctx)
		}
		s.step(ctx)
		news = s.next(ctx)
	}
	return nil
}

// read reads new runs, those that an operator acted on, and those again that
// could not be read.
func (s *Scheduler) read(ctx context.Context) {
	s.retryAt = time.Time{}
	for _, id := range slices.Sorted(maps.Keys(s.unread)) {
		s.reload(ctx, id)
	}
	if err := s.load(ctx); err != nil && ctx.Err() == nil {
		s.Logger.Error("cannot read new runs; retrying", "error", err)
		s.retryAt = time.Now().Add(retryInterval)
	}
	if err := s.loadActed(ctx); err != nil && ctx.Err() == nil {
		s.Logger.Error("cannot read what operators did; retrying", "error", err)
		s.retryAt = time.Now().Add(retryInterval)
	}
}

func (s *Scheduler) retryDue(now time.Time) bool {
	return !s.retryAt.IsZero() && !now.Before(s.retryAt)
}

// next waits for something to happen and takes it in. News: there may be runs
// that are not loaded.
func (s *Scheduler) next(ctx context.Context) (news bool) {
	timer := time.NewTimer(s.untilNext(time.Now()))
	defer timer.Stop()
	select {
	case e := <-s.ended:
		s.settle(ctx, wake.Gather(e, s.ended))
	case c := <-s.committed:
		s.conclude(ctx, wake.Gather(c, s.committed))
	case t := <-s.told:
		s.recorded(t)
	case <-s.wake:
		return true
	case <-timer.C:
		return true
	case <-ctx.Done():
	}
	return false // the matcher wakes the scheduler when it has made runs
}

// untilNext is how long there is nothing to do unless something happens.
func (s *Scheduler) untilNext(now time.Time) time.Duration {
	next := now.Add(interval)
	sooner := func(at time.Time) {
		if at.Before(next) {
			next = at
		}
	}
	if !s.retryAt.IsZero() {
		sooner(s.retryAt)
	}
	for _, r := range s.resting {
		sooner(r.until)
	}
	if s.beginAt.After(now) {
		sooner(s.beginAt)
	}
	if !s.roomAt.IsZero() {
		sooner(s.roomAt)
	}
	if !s.recording && s.queue.Untold() {
		sooner(s.nextTell)
	}
	return next.Sub(now)
}
