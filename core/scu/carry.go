package scu

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/raddeploy/raddeploy/core/dimse"
)

// carry sends the files of a plan over one or several associations. It reports
// whether others may follow.
func (t *try) carry(ctx context.Context, p plan) (more bool, err error) {
	q := &queue{files: p.files, breaks: map[int]int{}}
	for _, i := range p.files {
		q.breaks[i] = t.files[i].Breaks
	}
	for at := min(max(1, t.Associations), len(p.files)); ; at = 1 {
		err = t.workers(ctx, q, p.contexts, at)
		switch refused := errors.As(err, new(*NoAssociationError)); {
		case refused && q.empty():
			return true, nil // a peer may take fewer associations at once than it is asked for
		case !refused || at == 1:
			return !t.gaveUp(), err
		}
		// what a refused one was to carry is left over
	}
}

// workers sends files of the queue over some associations at once.
func (t *try) workers(ctx context.Context, q *queue, contexts []dimse.PresentationContext, at int) error {
	errs := make([]error, at)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { errs[i] = t.work(ctx, q, contexts) })
	}
	all.Wait()
	return firstOf(errs)
}

// firstOf returns the first error that is more than a refused association, or
// else the first.
func firstOf(errs []error) (first error) {
	for _, err := range errs {
		if err != nil && (first == nil || errors.As(first, new(*NoAssociationError))) {
			first = err
		}
	}
	return first
}

// work sends files of the queue over one association, and over another one in its
// place where it breaks.
func (t *try) work(ctx context.Context, q *queue, contexts []dimse.PresentationContext) error {
	var association *dimse.Conn
	for !t.gaveUp() {
		i, ok := q.next()
		if !ok {
			break
		}
		if association == nil {
			var err error
			if association, err = t.Dialer.Dial(ctx, t.Address, contexts); err != nil {
				q.back(i)
				return &NoAssociationError{err}
			}
		}
		outcome, err := t.store(ctx, association, i)
		if ctx.Err() != nil {
			association.Abort()
			return context.Cause(ctx)
		}
		if errors.Is(err, errCompressed) {
			t.later(i)
			continue
		}
		if err != nil {
			association.Abort() // if it is not over
			association = nil
			q.broke(i)
			outcome = broken(err)
		}
		if err := t.result(i, outcome); err != nil {
			if association != nil {
				association.Abort()
			}
			return err
		}
	}
	if association == nil {
		return nil
	}
	if err := t.answered(); err != nil {
		association.Abort()
		return err
	}
	// every object was answered: a peer that does not answer the release
	// changes nothing
	_ = association.Release(ctx)
	return nil
}

func broken(err error) Outcome {
	// Which object it was the delivery says: the text reaches logs.
	reason := fmt.Sprintf("the association broke at this object: %v", err)
	o := Outcome{Broke: true, Retryable: true, Reason: reason}
	if unread := new(readError); errors.As(err, &unread) {
		o.Reason = unread.Error()
	}
	return o
}

// queue has the files of a plan that are not sent yet.
type queue struct {
	mu     sync.Mutex
	files  []int
	breaks map[int]int // of each, as they are known now
}

// next takes the next file out.
func (q *queue) next() (i int, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.files) == 0 {
		return 0, false
	}
	i, q.files = q.files[0], q.files[1:]
	return i, true
}

// back puts a file in again, before all others.
func (q *queue) back(i int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.files = append([]int{i}, q.files...)
}

// broke puts a file in again, behind all others, unless it is to be set aside.
func (q *queue) broke(i int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.breaks[i]++; q.breaks[i] < AsideAfter {
		q.files = append(q.files[:len(q.files):len(q.files)], i)
	}
}

func (q *queue) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.files) == 0
}
