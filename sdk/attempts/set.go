package attempts

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/raddeploy/raddeploy/sdk"
)

// Runner is what an executor makes of an [Attempt].
type Runner interface {
	// Run brings the attempt to its end.
	Run(life context.Context)
	View() View
}

// Set is the open attempts that one plugin process knows, each with its
// goroutine. Made by [NewSet].
type Set[A Runner] struct {
	Life context.Context // ends with Close

	end   context.CancelFunc
	tasks sync.WaitGroup

	mu       sync.Mutex
	attempts map[sdk.AttemptID]A
}

// NewSet returns a set without attempts.
func NewSet[A Runner]() *Set[A] {
	life, end := context.WithCancel(context.Background())
	return &Set[A]{Life: life, end: end, attempts: map[sdk.AttemptID]A{}}
}

// Close ends all work and waits for it. What runs in the backend stays as it is.
func (s *Set[A]) Close() {
	s.end()
	s.tasks.Wait()
}

// Go runs work that Close waits for.
func (s *Set[A]) Go(work func()) { s.tasks.Go(work) }

// Take returns the attempt of an id. One that is not known yet is made, and
// begins to run.
func (s *Set[A]) Take(id sdk.AttemptID, make func() A) A {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, known := s.attempts[id]
	if !known {
		a = make()
		s.attempts[id] = a
		s.Go(func() { a.Run(s.Life) })
	}
	return a
}

// Known returns the attempt of an id, or the zero value.
func (s *Set[A]) Known(id sdk.AttemptID) A {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.attempts[id]
}

// Forget takes an attempt out of the set. Its goroutine goes on to its end.
func (s *Set[A]) Forget(id sdk.AttemptID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.attempts, id)
}

// Held is what [sdk.Executor]'s List answers: what the backend listed, with
// whether it has ended, and what it does not have yet or never got.
func (s *Set[A]) Held(listed map[sdk.AttemptID]bool) []sdk.Held {
	held := maps.Clone(listed)
	s.mu.Lock()
	for id, a := range s.attempts {
		held[id] = a.View().Exit != nil
	}
	s.mu.Unlock()
	out := make([]sdk.Held, 0, len(held))
	for _, id := range slices.Sorted(maps.Keys(held)) {
		out = append(out, sdk.Held{Attempt: id, Ended: held[id]})
	}
	return out
}
