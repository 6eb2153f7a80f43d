package notify

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/run"
)

// Notifier is the loop. Its fields are set before Run.
type Notifier struct {
	Store Store
	Site  func() *config.Site // as it is in force
	// Executor says what is wrong with an executor. Disk is how much of it is free,
	// and in how many days it is full, if that is known. Nil: neither is told.
	Executor func(name string) string
	Disk     func(ctx context.Context) (free uint64, days int, known bool, err error)
	// Sender sends a message once; nil: by email and HTTP.
	Sender Sender
	// Ended is told of each message that was sent or is given up; nil: nothing is.
	Ended    func(notify string, state run.MessageState)
	Logger   hclog.Logger
	Interval time.Duration // between two looks; 0: 2 seconds

	wake wake.Signal
	seq  int64 // of the last event that was looked at; what followed from it is recorded
	mu   sync.Mutex
	busy map[string]bool  // blocks whose messages are being sent
	owed map[string]*owed // by block
}

const (
	interval = 2 * time.Second
	// batch is how many events are looked at in one pass.
	batch = 500
	// kept is how long messages that have ended are listed.
	kept = 30 * 24 * time.Hour
	// rated is the time in which a block may have so many messages.
	rated = time.Hour
)

// New returns a notifier.
func New() *Notifier {
	return &Notifier{wake: wake.NewSignal(), seq: -1, busy: make(map[string]bool), owed: make(map[string]*owed)}
}

// Wake tells the notifier that its blocks may have changed.
func (n *Notifier) Wake() { n.wake.Wake() }

// Run tells people until ctx ends, then waits for the tries under way to stop.
func (n *Notifier) Run(ctx context.Context) error {
	var tries sync.WaitGroup
	defer func() {
		tries.Wait()
		n.recordAllOwed(ctx)
	}()
	for failed := 0; ctx.Err() == nil; {
		pause := n.Interval
		if pause <= 0 {
			pause = interval
		}
		more, err := n.pass(ctx, &tries)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			failed++
			pause = wake.Backoff{}.After(failed)
			n.Logger.Error("store unavailable to notifications; retrying", "error", err, "wait", pause.String())
		case more:
			failed = 0
			continue
		default:
			failed = 0
		}
		timer := time.NewTimer(pause)
		select {
		case <-n.wake:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
	return nil
}

// pass looks at new events, makes messages, and begins to send those that are due.
// More: there may be further events.
func (n *Notifier) pass(ctx context.Context, tries *sync.WaitGroup) (more bool, err error) {
	site := n.Site()
	if len(site.Notify) == 0 {
		n.seq = -1
		if err := n.Store.ForgetTold(ctx); err != nil {
			return false, err
		}
	} else if more, err = n.look(ctx, site); err != nil {
		return false, err
	}
	if err := n.Store.ForgetMessages(ctx, time.Now().Add(-kept), batch); err != nil {
		return false, err
	}
	return more, n.send(ctx, site, tries) // what is pending of no block is given up
}

// look records what follows from new events, and from the time.
func (n *Notifier) look(ctx context.Context, site *config.Site) (more bool, err error) {
	now := time.Now()
	told, err := n.Store.Told(ctx, now.Add(-rated), now)
	if err != nil {
		return false, err
	}
	events, err := n.events(ctx, told.Seq)
	if err != nil {
		return false, err
	}
	s := &teller{site: site, told: told, now: now, running: n.Store.Running()}
	for _, e := range events {
		f, err := n.fact(ctx, e, s)
		if err != nil {
			return false, err
		}
		if f != nil {
			s.take(*f)
		}
	}
	if err := n.digests(ctx, s); err != nil {
		return false, err
	}
	telling := s.telling()
	telling.Seq = n.seq
	if len(events) > 0 {
		telling.Seq = events[len(events)-1].Seq
	}
	// To look again at events from which nothing follows costs less than a commit.
	if s.changed || told.Seq < 0 || telling.Seq-told.Seq >= batch {
		if err := n.Store.Tell(ctx, telling); err != nil {
			return false, err
		}
	}
	n.seq = telling.Seq
	return len(events) == batch, nil
}

// events returns those that were not looked at. A site that had no notify blocks
// before is told of what happens from now on.
func (n *Notifier) events(ctx context.Context, recorded int64) ([]run.Event, error) {
	oldest, newest, err := n.Store.Events(ctx)
	if err != nil {
		return nil, err
	}
	n.seq = max(n.seq, recorded)
	switch {
	case recorded < 0 || n.seq > newest:
		n.seq = newest
		n.Logger.Info("tells from now on of what happens", "event", newest)
		return nil, nil
	case n.seq < oldest-1:
		n.Logger.Warn("events were removed before people could be told of them", "events", oldest-1-n.seq)
	}
	return n.Store.EventsAfter(ctx, n.seq, batch)
}
