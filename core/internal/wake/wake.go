// Package wake has what loops wait with: a signal that wakes one loop, a
// broadcast that tells all who watch a value that it changed, a backoff between
// tries, and what gathers the messages that wait.
//
// Signals carry hints, never values: a loop that is woken reads what there is
// to do. The package logs nothing and knows nothing of what is waited for.
package wake

import (
	"context"
	"sync"
	"time"
)

// Signal wakes one loop, which receives from it. Waking it again before the
// loop receives is the same as once.
type Signal chan struct{}

// NewSignal returns a signal.
func NewSignal() Signal { return make(Signal, 1) }

// Wake wakes the loop. It never blocks.
func (s Signal) Wake() {
	select {
	case s <- struct{}{}:
	default:
	}
}

// Broadcast tells any number of goroutines that something changed. The zero
// value works.
type Broadcast struct {
	mu   sync.Mutex
	next chan struct{}
}

// Changed returns a channel that is closed at the next change. Take it first,
// then look at what may change.
func (b *Broadcast) Changed() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next == nil {
		b.next = make(chan struct{})
	}
	return b.next
}

// Send tells of a change that has been made.
func (b *Broadcast) Send() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next != nil {
		close(b.next)
		b.next = nil
	}
}

// Sleep waits, or until ctx ends. The error is that of ctx.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err()
}
