package crash_test

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/run"
)

// order is what the operator asks for in a step; the zero order is nothing.
type order struct {
	action run.Action
	nth    int // of the things in a state that allows it
}

// operator asks the agent of one site for actions, and remembers which of them
// were answered.
type operator struct {
	all      sync.WaitGroup
	mu       sync.Mutex
	asked    int
	answered []answer
}

// answer is an order that the agent has answered as done.
type answer struct {
	action run.Action
	id, by string
}

// begin has the operator ask for something, whatever becomes of the agent
// before it answers.
func (s *site) begin(ctx context.Context, order order) {
	if order.action == "" {
		return
	}
	s.operator.asked++
	by := fmt.Sprint("order-", s.operator.asked)
	s.operator.all.Go(func() {
		id, flow := s.find(order)
		if id == "" {
			return
		}
		if s.ask(ctx, order.action, id, api.Order{By: by, Flow: flow}) == nil {
			s.operator.mu.Lock()
			defer s.operator.mu.Unlock()
			s.operator.answered = append(s.operator.answered, answer{order.action, id, by})
		}
	})
}

// find finds what an order is for; "": there is nothing.
func (s *site) find(order order) (id, flow string) {
	switch order.action {
	case run.Release, run.Discard:
		arrivals, _ := s.arrivals() // an agent that is away is not asked
		arrivals = slices.DeleteFunc(arrivals, func(a api.Arrival) bool { return a.State != run.ArrivalIncomplete })
		if len(arrivals) > 0 {
			id = string(arrivals[order.nth%len(arrivals)].ID)
		}
	case run.Drain, run.Undrain:
		id = executors[order.nth%len(executors)]
	default:
		runs, _ := s.runs()
		runs = slices.DeleteFunc(runs, func(r api.Run) bool { return !allows(r.State, order.action) })
		if len(runs) > 0 {
			r := runs[order.nth%len(runs)]
			id, flow = string(r.ID), r.Flow
		}
	}
	return id, flow
}

// allows reports whether an operator would ask for an action on a run.
func allows(state run.State, action run.Action) bool {
	switch action {
	case run.Cancel:
		return !state.Final()
	case run.Retry:
		return state == run.Canceled || state == run.Failed
	case run.Resend:
		return state == run.Done
	}
	return true
}

func (s *site) ask(ctx context.Context, action run.Action, id string, order api.Order) (err error) {
	client := s.client()
	flow := order.Flow
	order.Flow = ""
	switch action {
	case run.Cancel:
		_, err = client.CancelRun(ctx, id, order)
	case run.Retry:
		_, err = client.RetryRun(ctx, id, order)
	case run.Resend:
		_, err = client.ResendRun(ctx, id, order)
	case run.Rerun:
		order.Flow = flow
		_, err = client.Rerun(ctx, id, order)
	case run.Release:
		_, err = client.Release(ctx, id, order)
	case run.Discard:
		_, err = client.Discard(ctx, id, order)
	case run.Drain, run.Undrain:
		_, err = client.Drain(ctx, id, action == run.Drain, order)
	}
	return err
}

// undrain lets every executor take new tasks again.
func (s *site) undrain(ctx context.Context) {
	s.t.Helper()
	for _, executor := range executors {
		if err := s.ask(ctx, run.Undrain, executor, api.Order{}); err != nil {
			s.t.Fatal(err)
		}
	}
}

// unrecorded are the orders that were answered and are not in the journal. One
// that found its work done, by another order, has no entry of its own, and an
// executor that was not drained needs none.
func (s *site) unrecorded(journal []run.Entry) (all []string) {
	for _, a := range s.operator.answered {
		if a.action != run.Undrain && !slices.ContainsFunc(journal, func(e run.Entry) bool {
			return e.Action == a.action && (e.By.Name == a.by || e.ID == a.id)
		}) {
			all = append(all, fmt.Sprintf("%s of %s by %s", a.action, a.id, a.by))
		}
	}
	return all
}

// ordered reports whether the journal has an action on something.
func (c content) ordered(action run.Action, id string) bool {
	return slices.ContainsFunc(c.journal, func(e run.Entry) bool { return e.Action == action && e.ID == id })
}
