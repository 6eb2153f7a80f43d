package api

import (
	"context"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// ListedTask is a task in the list of all runs'.
type ListedTask struct {
	Run      run.ID        `json:"run"`
	Index    int           `json:"index"` // of the model in the flow
	Name     string        `json:"name"`
	State    run.TaskState `json:"state"`
	Flow     string        `json:"flow"`
	Version  string        `json:"version"`
	Created  time.Time     `json:"created"` // its run
	Tries    int           `json:"tries"`
	Executor string        `json:"executor,omitempty"` // of the newest attempt
	Reason   string        `json:"reason,omitempty"`   // why it waits or failed
	NextTry  *time.Time    `json:"next_try,omitempty"` // of a pending task that infrastructure failed
}

// Tasks lists tasks of all runs, those of the newest run first, without their attempts.
func (s *Server) Tasks(ctx context.Context, q TaskQuery) (Page[ListedTask], error) {
	part, err := q.part(q.Since, q.Until)
	if err != nil {
		return Page[ListedTask]{}, err
	}
	flow, version, _ := strings.Cut(q.Flow, "@")
	read, err := s.from.DB.AllTasks(ctx, state.TaskFilter{
		States: q.States, Flow: flow, Version: version, Run: q.Run, Executor: q.Executor, Part: part,
	})
	return pageOf(q.Paging, read, func(t state.ListedTask) state.Place { return t.Place }, listedTaskOf), err
}

func listedTaskOf(t state.ListedTask) ListedTask {
	shown := ListedTask{
		Run: t.Run, Index: t.Index, Name: t.Name, State: t.State, Flow: t.Flow, Version: t.Version, Created: t.Created,
		Tries: t.Tries, Executor: t.Executor, Reason: t.Reason,
	}
	if t.State == run.TaskPending {
		shown.NextTry = when(t.NextTry)
	}
	return shown
}

// Tasks lists tasks of all runs, those of the newest run first, without their attempts.
func (c *Client) Tasks(ctx context.Context, q TaskQuery) (Page[ListedTask], error) {
	return getPage[ListedTask](ctx, c, "/v1/tasks", q.values())
}
