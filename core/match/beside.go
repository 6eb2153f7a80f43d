package match

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// slow are the arrivals that are still being matched while others are.
type slow struct {
	mu   sync.Mutex
	keys map[string]bool
	free chan struct{} // a place for each
	done sync.WaitGroup
}

func newSlow() slow {
	return slow{keys: map[string]bool{}, free: make(chan struct{}, atOnce)}
}

// atOnce is how many arrivals are matched at once at the most.
const atOnce = 16

// begin matches an arrival, and returns when that is done or takes long. What takes
// long goes on by itself; if it fails, the next look tries again.
func (m *Matcher) begin(ctx context.Context, arrival run.Arrival) error {
	select {
	case m.slow.free <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	m.slow.set(key(arrival), true)
	done := make(chan error, 1)
	m.slow.done.Go(func() {
		err := m.settled(arrival, m.one(ctx, arrival))
		m.slow.set(key(arrival), false)
		<-m.slow.free
		done <- err
	})
	patience := time.NewTimer(m.Patience)
	defer patience.Stop()
	select {
	case err := <-done:
		return err
	case <-patience.C:
	}
	m.Logger.Warn("matching an arrival takes long; others go on beside it", "arrival", arrival.ID)
	m.slow.done.Go(func() {
		if err := <-done; err == nil {
			m.wake.Wake() // another revision may have waited for it
		} else if ctx.Err() == nil {
			m.Logger.Error("cannot match an arrival; retrying", "arrival", arrival.ID, "error", err)
		}
	})
	return nil
}

// settled is an error of matching, unless the arrival was matched already.
func (m *Matcher) settled(arrival run.Arrival, err error) error {
	var moved *run.StateError
	if errors.As(err, &moved) {
		m.Logger.Warn("arrival was matched already", "arrival", arrival.ID, "error", err)
		return nil
	}
	return err
}

// key names what is matched in order: the revisions of a series or study.
func key(arrival run.Arrival) string {
	if arrival.UID == "" {
		return string(arrival.ID)
	}
	return string(arrival.UID) + " " + string(arrival.Rule)
}

func (s *slow) has(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys[key]
}

func (s *slow) set(key string, busy bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if busy {
		s.keys[key] = true
	} else {
		delete(s.keys, key)
	}
}
