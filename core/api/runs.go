package api

import (
	"context"
	"net/url"
	"strings"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// Runs lists runs, newest first.
func (s *Server) Runs(ctx context.Context, q RunQuery) (Page[Run], error) {
	before, err := q.after()
	if err != nil {
		return Page[Run]{}, err
	}
	flow, version, _ := strings.Cut(q.Flow, "@")
	read, err := s.from.DB.Runs(ctx, state.RunFilter{
		States: q.States, Flow: flow, Version: version, Sender: q.Sender, Patient: q.Patient, Arrival: q.Arrival,
		Since: q.Since, Until: q.Until, Before: before, AtMost: q.size(),
	})
	return pageOf(q.Paging, read, func(r run.Run) int64 { return r.Seq }, runOf), err
}

// Run returns the run whose id begins with prefix: with its tasks, deliveries and
// definition, and what operators did to it.
func (s *Server) Run(ctx context.Context, prefix string) (Run, error) {
	found, err := s.from.DB.Run(ctx, prefix)
	if err != nil {
		return Run{}, err
	}
	shown := runOf(found)
	shown.Definition = found.Definition
	if shown.Journal, err = s.journalOf(ctx, found.State.Thing(), string(found.ID)); err != nil {
		return Run{}, err
	}
	if shown.Tasks, err = s.tasks(ctx, found.ID); err != nil {
		return Run{}, err
	}
	shown.Deliveries, err = s.deliveriesOf(ctx, found.ID)
	return shown, err
}

// Source lists the files of a run's src, as long as they are kept.
func (s *Server) Source(ctx context.Context, prefix string) ([]string, error) {
	found, err := s.from.DB.Run(ctx, prefix)
	if err != nil {
		return nil, err
	}
	return append([]string{}, s.from.Source(found.ID)...), nil
}

func (s *Server) tasks(ctx context.Context, id run.ID) ([]Task, error) {
	tasks, err := s.from.DB.Tasks(ctx, id)
	if err != nil {
		return nil, err
	}
	attempts, err := s.from.DB.Attempts(ctx, id)
	if err != nil {
		return nil, err
	}
	shown := convert(tasks, func(t run.Task) Task {
		shown := Task{Index: t.Index, Name: t.Name, State: t.State, Reason: t.Reason, Attempts: []Attempt{}}
		if t.State == run.TaskPending {
			shown.NextTry = when(t.NextTry)
		}
		return shown
	})
	for _, attempt := range attempts {
		task := &shown[attempt.Task]
		task.Attempts = append(task.Attempts, attemptOf(attempt, s.from.Doing(attempt.ID)))
	}
	return shown, nil
}

// Runs lists runs, newest first.
func (c *Client) Runs(ctx context.Context, q RunQuery) (Page[Run], error) {
	return getPage[Run](ctx, c, "/v1/runs", q.values())
}

// Run returns one run, by a prefix of its id, with its tasks and deliveries.
func (c *Client) Run(ctx context.Context, id string) (r Run, err error) {
	err = c.get(ctx, "/v1/runs/"+url.PathEscape(id), &r)
	return r, err
}

// Source returns the paths of the files in a run's src, as long as they are kept.
func (c *Client) Source(ctx context.Context, id string) (files []string, err error) {
	err = c.get(ctx, "/v1/runs/"+url.PathEscape(id)+"/src", &files)
	return files, err
}
