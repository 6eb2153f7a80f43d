package api

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// Runs lists runs, newest first.
func (s *Server) Runs(ctx context.Context, q RunQuery) (Page[Run], error) {
	part, err := q.part(q.Since, q.Until)
	if err != nil {
		return Page[Run]{}, err
	}
	date, err := studyDate(q.StudyDate)
	if err != nil {
		return Page[Run]{}, err
	}
	flow, version, _ := strings.Cut(q.Flow, "@")
	read, err := s.from.DB.Runs(ctx, state.RunFilter{
		States: q.States, Flow: flow, Version: version, Sender: q.Sender, Patient: q.Patient,
		Accession: q.Accession, StudyDate: date, Arrival: q.Arrival,
		Part: part,
	})
	return pageOf(q.Paging, read, func(r run.Run) state.Place { return state.Place{Began: r.Created, Seq: r.Seq} }, runOf), err
}

// studyDate is a date as DICOM writes it. It is written so, or as 2026-03-01.
func studyDate(text string) (string, error) {
	date := strings.ReplaceAll(text, "-", "")
	if _, err := time.Parse("20060102", date); err != nil && text != "" {
		return "", &badRequest{"study_date is not a date such as 2026-03-01"}
	}
	return date, nil
}

// Run returns the run whose id begins with prefix: with its tasks, deliveries and
// definition, and what operators did to it.
func (s *Server) Run(ctx context.Context, prefix string) (Run, error) {
	found, err := s.from.DB.Run(ctx, prefix)
	if err != nil {
		return Run{}, err
	}
	shown := runOf(found)
	shown.Definition = definitionOf(found.Definition)
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
	if q.Patient+q.Accession+q.StudyDate == "" {
		return getPage[Run](ctx, c, "/v1/runs", q.values())
	}
	body, err := q.searchBody()
	if err != nil {
		return Page[Run]{}, err
	}
	return page[Run](c.request(ctx, http.MethodPost, "/v1/runs/search", body))
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
