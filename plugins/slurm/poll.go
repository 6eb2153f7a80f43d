package slurm

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/cluster"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/state"
)

// queue is what one squeue said.
type queue struct {
	number int
	jobs   map[string]cluster.Job // by id, of this site
	active int                    // jobs of this user that have nodes, whosever they are
	err    error                  // nobody can tell
}

// slower is how much rarer squeue is asked while nothing changes.
const slower = 5

// poller asks squeue for all attempts at once, as long as there is one that
// waits for it.
type poller struct {
	every  time.Duration
	prefix string // of the names of the site's jobs
	ask    func(context.Context, *cluster.Words, func(cluster.Job)) error

	mu      sync.Mutex
	last    *queue
	asking  bool          // the next one is under way
	changed chan struct{} // closed when last is replaced
	waiting int
	eager   int           // of those who wait, how many expect something
	wake    chan struct{} // somebody has begun to wait
}

func newPoller(every time.Duration, prefix string, ask func(context.Context, *cluster.Words, func(cluster.Job)) error) *poller {
	return &poller{every: every, prefix: prefix, ask: ask, last: &queue{}, changed: make(chan struct{}), wake: make(chan struct{}, 1)}
}

// isAsked tells whether an attempt follows its job.
func (p *poller) isAsked() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waiting > 0
}

// number is that of the last answer that may not know what has happened just now.
func (p *poller) number() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.asking {
		return p.last.number + 1
	}
	return p.last.number
}

// next waits for an answer of squeue that was asked for after the one with the
// given number, or until urged. Eager says that something is expected soon.
func (p *poller) next(ctx context.Context, after int, eager bool, urged <-chan struct{}) (*queue, error) {
	p.mu.Lock()
	p.waiting++
	if eager {
		p.eager++
	}
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		p.waiting--
		if eager {
			p.eager--
		}
		p.mu.Unlock()
	}()
	select {
	case p.wake <- struct{}{}:
	default:
	}
	for {
		p.mu.Lock()
		last, changed := p.last, p.changed
		p.mu.Unlock()
		if last.number > after {
			return last, nil
		}
		select {
		case <-changed:
		case <-urged:
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// run asks squeue until ctx ends.
func (p *poller) run(ctx context.Context) {
	words := &cluster.Words{}
	asked := time.Now().Add(-slower * p.every)
	for {
		p.mu.Lock()
		waiting, eager := p.waiting > 0, p.eager > 0
		p.mu.Unlock()
		pause := slower * p.every
		if eager {
			pause = p.every
		}
		if due := time.Until(asked.Add(pause)); !waiting || due > 0 {
			if !p.sleep(ctx, waiting, due) {
				return
			}
			continue
		}
		asked = time.Now()
		p.tell(ctx, words)
	}
}

// sleep waits until a tick is due or somebody begins to wait, and tells whether
// to go on.
func (p *poller) sleep(ctx context.Context, waiting bool, due time.Duration) bool {
	var timer <-chan time.Time
	if waiting {
		t := time.NewTimer(due)
		defer t.Stop()
		timer = t.C
	}
	select {
	case <-timer:
	case <-p.wake:
	case <-ctx.Done():
		return false
	}
	return true
}

func (p *poller) tell(ctx context.Context, words *cluster.Words) {
	p.mu.Lock()
	now := &queue{number: p.last.number + 1, jobs: make(map[string]cluster.Job, len(p.last.jobs))}
	p.asking = true
	p.mu.Unlock()
	now.err = p.ask(ctx, words, func(j cluster.Job) {
		if state.Of(j.State).Phase == state.Active {
			now.active++
		}
		if strings.HasPrefix(j.Name, p.prefix) {
			now.jobs[j.ID] = j
		}
	})
	if ctx.Err() != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last, p.asking = now, false
	close(p.changed)
	p.changed = make(chan struct{})
}
