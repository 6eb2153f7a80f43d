package assemble

import (
	"context"
	"slices"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

// What a store knows of arrivals of series and studies.

// place gives new objects their ids, and puts them where it is decided.
func (s *store) place(association run.ArrivalID, objects []run.Object, place run.Place) ([]run.Object, error) {
	objects = slices.Clone(objects)
	next := s.newest
	for i := range objects {
		next++
		objects[i].ID = next
	}
	if place == nil {
		s.newest = next
		return objects, nil
	}
	placings, err := place(func(uids []dcm.UID) (map[dcm.UID][]run.Arrival, error) {
		all := map[dcm.UID][]run.Arrival{}
		for _, r := range s.rows {
			if slices.Contains(uids, r.group.UID) {
				all[r.group.UID] = append(all[r.group.UID], r.arrival())
			}
		}
		return all, nil
	})
	if err != nil {
		return nil, err
	}
	s.newest = next
	for _, p := range placings {
		if p.Into.Seq == 0 {
			s.rows = append(s.rows, &row{id: p.Into.ID, seq: int64(len(s.rows) + 1), sender: s.row(association).sender, state: run.ArrivalReceiving, group: p.Into})
		}
		r := s.row(p.Into.ID)
		for _, i := range p.Objects {
			r.objects = append(r.objects, objects[i])
		}
		r.group.Last, r.due = p.Last, p.Due
		if !slices.Contains(r.sent, association) {
			r.sent = append(r.sent, association)
		}
	}
	return objects, nil
}

func (s *store) shared(association run.ArrivalID) bool {
	return slices.ContainsFunc(s.rows, func(r *row) bool { return slices.Contains(r.sent, association) })
}

// arrival is a row of a series or study as it is read.
func (r *row) arrival() run.Arrival {
	a := r.group
	a.ID, a.Seq, a.State, a.Sender = r.id, r.seq, r.state, r.sender
	return a
}

func (s *store) Due(ctx context.Context, at time.Time) (due []run.Arrival, next time.Time, err error) {
	if err := s.call(ctx, "Due"); err != nil {
		return nil, next, err
	}
	defer s.mu.Unlock()
	for _, r := range s.rows {
		switch {
		case r.due.IsZero():
		case !r.due.After(at):
			due = append(due, r.arrival())
		case next.IsZero() || r.due.Before(next):
			next = r.due
		}
	}
	return due, next, nil
}

func (s *store) Waiting(ctx context.Context) ([]run.Arrival, error) {
	if err := s.call(ctx, "Waiting"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var all []run.Arrival
	for _, r := range s.rows {
		if !r.due.IsZero() {
			all = append(all, r.arrival())
		}
	}
	return all, nil
}

func (s *store) SetTimers(ctx context.Context, timers []run.Timer) error {
	if err := s.call(ctx, "SetTimers"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	for _, t := range timers {
		if r := s.row(t.Arrival); !r.due.IsZero() && (t.After.IsZero() || t.After.Equal(r.group.Last)) {
			r.group.Last, r.group.Deadline, r.due = t.Last, t.Deadline, t.Due
		}
	}
	return nil
}

func (s *store) Members(ctx context.Context, id run.ArrivalID) (m run.Members, err error) {
	if err := s.call(ctx, "Members"); err != nil {
		return m, err
	}
	defer s.mu.Unlock()
	instances := map[dcm.UID]bool{}
	for _, o := range s.row(id).objects {
		instances[o.SOPInstanceUID] = true
		m.Newest = max(m.Newest, o.ID)
	}
	m.Objects, m.Instances = len(s.row(id).objects), len(instances)
	return m, nil
}

func (s *store) Copies(ctx context.Context, id, before run.ArrivalID) ([]run.Object, error) {
	if err := s.call(ctx, "Copies"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var all []run.Object
	if before != "" {
		all = append(all, s.row(before).objects...)
	}
	all = append(all, s.row(id).objects...)
	several := map[dcm.UID]int{}
	for _, o := range all {
		several[o.SOPInstanceUID]++
	}
	return slices.DeleteFunc(all, func(o run.Object) bool { return several[o.SOPInstanceUID] < 2 }), nil
}

func (s *store) NewObjects(ctx context.Context, id run.ArrivalID, after int64) ([]run.Object, error) {
	if err := s.call(ctx, "NewObjects"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.row(id).objects), func(o run.Object) bool { return o.ID <= after }), nil
}

func (s *store) SentBy(ctx context.Context, id run.ArrivalID) (map[run.ArrivalID]run.Sender, error) {
	if err := s.call(ctx, "SentBy"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	senders := map[run.ArrivalID]run.Sender{}
	for _, association := range s.row(id).sent {
		senders[association] = s.row(association).sender
	}
	return senders, nil
}

func (s *store) CompleteArrival(ctx context.Context, c run.Completion) error {
	if err := s.call(ctx, "CompleteArrival"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	r := s.row(c.Arrival)
	if slices.ContainsFunc(r.objects, func(o run.Object) bool { return o.ID > c.Newest }) {
		return run.ErrObjectsCame
	}
	if !slices.Contains(r.state.Next(), c.State) {
		return &run.StateError{Thing: "arrival", ID: string(r.id), From: string(r.state), To: string(c.State)}
	}
	r.state, r.reason, r.due = c.State, c.Reason, time.Time{}
	r.group.Completion, r.group.Completed = c.Completion, c.At
	if c.Before == "" {
		return nil
	}
	before := s.row(c.Before)
	r.objects = append(slices.Clone(before.objects), r.objects...)
	r.sent = append(slices.Clone(before.sent), r.sent...)
	if before.state == run.ArrivalIncomplete {
		before.state, before.reason = run.ArrivalSuperseded, c.Superseded
	}
	return nil
}
