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
	keys map[string]string // the address of the sender of each
	free chan struct{}     // a place for each
	done sync.WaitGroup
}

func newSlow() slow {
	return slow{keys: map[string]string{}, free: make(chan struct{}, atOnce)}
}

// atOnce is how many arrivals are matched at once at the most, and ofOne how many of
// them may be of one sender, so that what others send does not wait for it.
const (
	atOnce = 16
	ofOne  = 12
)

// begin matches an arrival, and returns when that is done or takes long. What takes
// long goes on by itself; if it fails, the next look tries again.
func (m *Matcher) begin(ctx context.Context, arrival run.Arrival) error {
	select {
	case m.slow.free <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	m.slow.add(arrival)
	done := make(chan error, 1)
	m.slow.done.Go(func() {
		err := m.settled(arrival, m.one(ctx, arrival))
		m.slow.remove(arrival)
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
			m.wake.Wake() // another revision, or another one of its sender, may have waited for it
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

// holds reports whether an arrival has to wait: for itself, for the revision before
// it, or for others of its sender.
func (s *slow) holds(arrival run.Arrival) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, busy := s.keys[key(arrival)]
	same := 0
	for _, address := range s.keys {
		if address == arrival.Sender.Address {
			same++
		}
	}
	return busy || same >= ofOne
}

func (s *slow) add(arrival run.Arrival) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[key(arrival)] = arrival.Sender.Address
}

func (s *slow) remove(arrival run.Arrival) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.keys, key(arrival))
}
