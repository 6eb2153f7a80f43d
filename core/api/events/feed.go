package events

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// Store has the events.
type Store interface {
	// Committed returns a channel that is closed after the next commit.
	Committed() <-chan struct{}
	// EventsAfter returns up to most events that come after a number.
	EventsAfter(ctx context.Context, seq int64, most int) ([]run.Event, error)
	// Events returns the numbers of the oldest and the newest event; 0: none.
	Events(ctx context.Context) (oldest, newest int64, err error)
}

// Feed is the events for any number of readers.
type Feed struct {
	store Store

	mu      sync.Mutex
	newest  int64           // all up to this one have been read
	recent  []run.Event     // the newest, without a gap
	read    time.Time       // when that was
	changed <-chan struct{} // closed by the first commit after that; nil: nothing is read yet
}

// NewFeed returns a feed.
func NewFeed(store Store) *Feed { return &Feed{store: store} }

const (
	batch = 500  // most events that are read at once
	kept  = 2000 // most events that are kept for all
	// fresh is for how long what was read is new enough: while commits follow each
	// other, readers that are woken by one read once.
	fresh = 20 * time.Millisecond
)

// After returns events that come after this one, up to 500, and a channel that is
// closed when there may be more.
func (f *Feed) After(ctx context.Context, seq int64) ([]run.Event, <-chan struct{}, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.refresh(ctx); err != nil {
		return nil, nil, err
	}
	if first := f.newest - int64(len(f.recent)); seq < first || !f.whole() {
		found, err := f.store.EventsAfter(ctx, seq, batch)
		return found, f.more(len(found)), err
	}
	i, _ := slices.BinarySearchFunc(f.recent, seq+1, func(e run.Event, seq int64) int { return int(e.Seq - seq) })
	found := f.recent[i:min(i+batch, len(f.recent))]
	return slices.Clone(found), f.more(len(found)), nil
}

// whole reports whether the numbers of the events that are kept have no gaps.
func (f *Feed) whole() bool {
	n := len(f.recent)
	return n == 0 || f.recent[n-1].Seq-f.recent[0].Seq == int64(n-1)
}

// more is when there may be more than this many events: at once where there were as
// many as are read at once.
func (f *Feed) more(found int) <-chan struct{} {
	if found < batch {
		return f.changed
	}
	return closed
}

var closed = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// refresh reads what has been committed since it was called last.
func (f *Feed) refresh(ctx context.Context) error {
	if f.changed != nil {
		select {
		case <-f.changed:
		default:
			return nil
		}
		if time.Since(f.read) < fresh {
			return nil
		}
	}
	changed := f.store.Committed()
	if f.changed == nil {
		_, newest, err := f.store.Events(ctx)
		if err != nil {
			return err
		}
		f.newest = newest
	}
	found, err := f.store.EventsAfter(ctx, f.newest, batch)
	if err != nil {
		return err
	}
	f.read, f.changed = time.Now(), changed
	if len(found) == batch { // there may be more
		f.changed, f.read = closed, time.Time{}
	}
	if len(found) > 0 {
		f.recent = append(f.recent, found...)
		f.newest = found[len(found)-1].Seq
	}
	if extra := len(f.recent) - kept; extra > 0 {
		f.recent = slices.Clone(f.recent[extra:])
	}
	return nil
}

// Begin is where a reader begins that has seen the events up to one, or none: 0.
// Reset is set if what came since is not known any more: the reader has to look at
// everything anew.
func (f *Feed) Begin(ctx context.Context, seen int64) (seq int64, reset bool, err error) {
	oldest, newest, err := f.store.Events(ctx)
	switch {
	case err != nil || seen == 0:
		return newest, false, err
	case seen > newest, seen < oldest-1:
		return newest, true, nil
	}
	return seen, false, nil
}
