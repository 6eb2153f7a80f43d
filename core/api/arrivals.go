package api

import (
	"context"
	"net/url"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// Arrivals lists arrivals, newest first.
func (s *Server) Arrivals(ctx context.Context, q ArrivalQuery) (Page[Arrival], error) {
	part, err := q.part(q.Since, q.Until)
	if err != nil {
		return Page[Arrival]{}, err
	}
	read, err := s.from.DB.Arrivals(ctx, state.ArrivalFilter{
		States: q.States, Sender: q.Sender, Part: part,
	})
	return pageOf(q.Paging, read, func(a run.Arrival) state.Place { return state.Place{Began: a.Opened, Seq: a.Seq} }, func(a run.Arrival) Arrival { return s.arrivalOf(ctx, a) }), err
}

// Arrival returns the arrival whose id begins with prefix: with its runs, why
// each flow did or did not trigger, and what operators did to it.
func (s *Server) Arrival(ctx context.Context, prefix string) (Arrival, error) {
	found, err := s.from.DB.Arrival(ctx, prefix)
	if err != nil {
		return Arrival{}, err
	}
	shown := s.arrivalOf(ctx, found)
	if shown.Explanation, err = s.from.DB.Explanation(ctx, found.ID); err != nil {
		return Arrival{}, err
	}
	if shown.Journal, err = s.journalOf(ctx, found.State.Thing(), string(found.ID)); err != nil {
		return Arrival{}, err
	}
	asked, err := s.from.DB.CommitmentsOf(ctx, found.ID)
	if err != nil {
		return Arrival{}, err
	}
	if len(asked) > 0 {
		shown.Commitments = convert(asked, commitmentOf)
	}
	runs, err := s.from.DB.RunsOf(ctx, found.ID)
	shown.Runs = convert(runs, runOf)
	return shown, err
}

func (s *Server) arrivalOf(ctx context.Context, a run.Arrival) Arrival {
	if s.from.Waits == nil {
		return arrivalOf(a, nil)
	}
	return arrivalOf(a, s.from.Waits(ctx, a))
}

// Arrivals lists arrivals, newest first.
func (c *Client) Arrivals(ctx context.Context, q ArrivalQuery) (Page[Arrival], error) {
	return getPage[Arrival](ctx, c, "/v1/arrivals", q.values())
}

// Arrival returns one arrival, by a prefix of its id, with its runs and
// explanation.
func (c *Client) Arrival(ctx context.Context, id string) (a Arrival, err error) {
	err = c.get(ctx, "/v1/arrivals/"+url.PathEscape(id), &a)
	return a, err
}
