// Package commit answers peers that ask for storage commitment: that we keep what
// they have sent, so that they may delete it (PS3.4 annex J, push model).
//
// In come N-ACTIONs, which are rows before they are answered, and the rows and
// files of received objects. Out goes what of a request is committed to, as a row,
// and then the report of it: by N-EVENT-REPORT on the association on which it was
// asked, if that stays open, or else on one to the address that the site gives the
// peer. A report that is not taken is tried again at a growing backoff until its
// time is over. Each peer has one request under way at a time, and waits for no
// other peer.
//
// An instance is committed to if a row says so and its file, read again from end to
// end, is what the peer sent. The package must not commit to what is on the disk
// alone, or change how long anything is kept.
package commit

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/run"
)

// Committer decides and reports requests.
type Committer struct {
	Store     Store
	Files     Files
	Receiving Receiving
	Reporter  Reporter
	Pause     func() wake.Backoff // between tries at a report
	// GiveUpAfter is how long a report is tried, in the time that agents run, and
	// Keep how long a request is remembered after its end.
	GiveUpAfter, Keep func() time.Duration
	// Asked is called for each request that is recorded; nil: nothing is.
	Asked  func(run.Sender)
	Logger hclog.Logger

	wake wake.Signal
	mu   sync.Mutex
	busy map[string]bool       // by line
	open map[int64]Association // on which a request was asked, by its id
	wait map[int64]time.Time   // when a request is looked at next, if that is no row's matter
}

// interval is how often the committer looks without having been woken, and forget
// how often old requests are forgotten.
const (
	interval = time.Minute
	forget   = time.Hour
)

// New returns a committer. Its fields are set before Run.
func New() *Committer {
	return &Committer{wake: wake.NewSignal(), busy: map[string]bool{}, open: map[int64]Association{}, wait: map[int64]time.Time{}}
}

// Wake tells the committer that there may be something to do.
func (c *Committer) Wake() { c.wake.Wake() }

// Run decides and reports requests until ctx ends, then waits for those under way
// to stop. The next Run goes on with what it leaves behind.
func (c *Committer) Run(ctx context.Context) error {
	var works sync.WaitGroup
	defer works.Wait()
	var forgotten time.Time
	for ctx.Err() == nil {
		next, err := c.begin(ctx, &works)
		if err == nil && time.Since(forgotten) >= forget {
			forgotten = time.Now()
			err = c.forget(ctx, forgotten)
		}
		if err != nil && ctx.Err() == nil {
			c.Logger.Error("store unavailable to storage commitment; retrying", "error", err)
			next = time.Now().Add(retryStore)
		}
		timer := time.NewTimer(min(interval, time.Until(next)))
		select {
		case <-c.wake:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
	return nil
}

// begin starts to work at each request that is due and whose peer has no other
// under way. It returns when the next one is due.
func (c *Committer) begin(ctx context.Context, works *sync.WaitGroup) (next time.Time, err error) {
	was := c.underway() // what the store says of it may be older than its end, which wakes the committer
	open, err := c.Store.OpenCommitments(ctx)
	if err != nil {
		return time.Time{}, err
	}
	now := time.Now()
	next = now.Add(interval)
	for _, one := range open {
		if at := c.due(one, now); at.After(now) {
			if at.Before(next) {
				next = at
			}
			continue
		}
		if was[line(one)] || !c.occupy(one) {
			continue
		}
		works.Go(func() {
			c.work(ctx, one)
			c.leave(one)
			c.Wake()
		})
	}
	return next, nil
}

// due is when a request is looked at next. No pause is longer than the longest: a
// next try that is further away was recorded by a clock that has jumped since.
func (c *Committer) due(one run.Commitment, now time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := one.NextTry
	if at.After(now.Add(c.Pause().Longest)) {
		at = now
	}
	if wait := c.wait[one.ID]; wait.After(at) {
		return wait
	}
	return at
}

// later has a request looked at again after a while.
func (c *Committer) later(id int64, after time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wait[id] = time.Now().Add(after)
}

// work brings a request one step further.
func (c *Committer) work(ctx context.Context, one run.Commitment) {
	log := c.Logger.With("commitment", one.ID, "peer", one.Peer.Address, "calling", one.Peer.CallingAE)
	var err error
	if one.State == run.CommitmentAsked {
		err = c.decide(ctx, one, log)
	} else {
		err = c.report(ctx, one, log)
	}
	if err != nil && ctx.Err() == nil {
		log.Error("storage commitment not done; retrying", "error", err)
		c.later(one.ID, retryStore)
	}
}

// line is what only one request at a time is worked at for.
func line(one run.Commitment) string { return string(one.Peer.CallingAE) + "@" + one.Peer.Address }

// underway are the lines that are taken.
func (c *Committer) underway() map[string]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.busy)
}

func (c *Committer) occupy(one run.Commitment) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy[line(one)] {
		return false
	}
	c.busy[line(one)] = true
	return true
}

func (c *Committer) leave(one run.Commitment) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.busy, line(one))
}

// forget removes requests that ended long ago.
func (c *Committer) forget(ctx context.Context, now time.Time) error {
	for {
		done, err := c.Store.ForgetCommitments(ctx, now.Add(-c.Keep()), 100)
		if done || err != nil {
			return err
		}
	}
}

// retryStore is how long what failed is left alone.
const retryStore = time.Second
