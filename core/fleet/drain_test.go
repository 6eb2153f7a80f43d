package fleet

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/schedule/plan"
)

// drains are rows with executors that are drained.
type drains struct {
	rows
	drained map[string]run.Drained
	err     error
}

func (d *drains) Drained(context.Context) (map[string]run.Drained, error) { return d.drained, d.err }

// A drained executor gets no task, keeps those that it has, and tasks that wait
// for it say so.
func TestDrainedExecutor(t *testing.T) {
	store := &drains{drained: map[string]run.Drained{"b": {Executor: "b", By: "anna"}}}
	s := newSite(t, nil, config.Executor{Plugin: "docker", Instance: "a", CPUs: 2}, config.Executor{Plugin: "docker", Instance: "b", CPUs: 2})
	s.store = store
	s.Lease(run.Attempt{ID: "R-0-1", Executor: "b"})
	if err := s.ReadDrained(t.Context()); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.changes:
	default:
		t.Error("nobody is woken")
	}
	board := s.Board()
	for i := range board {
		board[i].Up = board[i].Up || board[i].Instance == "a" // whose plugin does not run here
	}
	if b := board[1]; b.Up || b.Message != "drained by anna" || b.Tasks != 1 {
		t.Errorf("the drained executor is %+v", b)
	}
	var queue plan.Queue
	queue.Add(plan.Ready{Run: "S", Executor: "b"}, "")
	queue.Place(board)
	if waiting := queue.Waiting(1); len(waiting) != 1 || waiting[0].Reason != "waits for an executor: b: drained by anna" {
		t.Errorf("a task for it %+v", waiting)
	}
	if status := s.Statuses(); status[0].Drained != nil || status[1].Drained == nil || status[1].Drained.By != "anna" || status[1].Tasks != 1 {
		t.Errorf("the statuses are %+v", status)
	}
	store.err = errors.New("disk I/O error")
	if err := s.ReadDrained(t.Context()); !errors.Is(err, store.err) || s.drainOf("b") == nil {
		t.Errorf("rows that cannot be read: %v", err)
	}
	store.drained, store.err = nil, nil
	if err := s.ReadDrained(t.Context()); err != nil || s.drainOf("b") != nil || strings.Contains(s.Board()[1].Message, "drained") {
		t.Errorf("it is still drained: %v", err)
	}
}
