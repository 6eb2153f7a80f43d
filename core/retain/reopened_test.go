package retain

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// A run whose logs were removed, and that is tried again, prints again: those
// logs stay for their own time, whatever is left of the removal, and go before
// the rows that tell of them.
func TestLogsOfARunTriedAgain(t *testing.T) {
	s := newSite(t)
	id := s.triggered(s.arrive(run.ArrivalMatched, 20, 1), 20, 1)
	files := s.spool.Runs()
	folder := files.Try(id, 0, 1)
	limits := Limits{Files: 30 * days, Logs: 10 * days, Runs: 30 * days}
	s.check(os.Remove(files.Log(id, 0, 1, "stdout")))
	s.check(os.MkdirAll(files.Log(id, 0, 1, "stdout")+"/cannot/go", 0o755))
	s.retain(limits)
	if pending, err := s.db.Removals(t.Context()); err != nil || len(pending) != 1 {
		t.Fatalf("the removal of %s is to be stuck: %+v, %v", folder, pending, err)
	}

	s.check(s.db.ActOnRun(t.Context(), run.Entry{At: time.Now(), Action: run.Retry, Thing: "run", ID: string(id)}, func(run.Standing) (run.Acting, error) {
		return run.Acting{State: run.Pending, Tasks: []run.Task{{Index: 0, State: run.TaskPending}}}, nil
	}))
	second := run.Attempt{ID: run.AttemptOf(id, 0, 2), Run: id, Number: 2, Intended: time.Now()}
	s.check(s.db.Intend(t.Context(), second))
	s.check(files.Lay(id, 0, 2, nil))
	s.check(os.WriteFile(files.Log(id, 0, 2, "stdout"), []byte("second"), 0o644))
	s.retain(limits)
	if !strings.Contains(s.left(), "0-2/stdout") {
		t.Fatalf("the logs of an attempt that runs are gone: %s", s.left())
	}

	s.check(s.db.Settle(t.Context(), state.Settlement{Run: id, At: time.Now(), Attempts: []run.Attempt{second}, State: run.Failed,
		Tasks: []run.Task{{Index: 0, State: run.TaskFailed}}}))
	s.check(s.db.SetRemoved(t.Context(), second.ID))
	s.check(os.RemoveAll(folder))
	s.retain(Limits{})
	if left := s.left(); left != "" {
		t.Errorf("without rows that tell of them are left: %s", left)
	}
	if _, err := s.db.Run(t.Context(), string(id)); err == nil {
		t.Error("the run is still there")
	}
}

// A run that is tried again between the record of a removal and the removal keeps what
// it prints then.
func TestLogsOfARunTriedAgainMeanwhile(t *testing.T) {
	s := newSite(t)
	id := s.triggered(s.arrive(run.ArrivalMatched, 20, 1), 20, 1)
	files := s.spool.Runs()
	again := &triedAgain{DB: s.db, then: func() {
		s.check(s.db.ActOnRun(t.Context(), run.Entry{At: time.Now(), Action: run.Retry, Thing: "run", ID: string(id)}, func(run.Standing) (run.Acting, error) {
			return run.Acting{State: run.Pending, Tasks: []run.Task{{Index: 0, State: run.TaskPending}}}, nil
		}))
		s.check(s.db.Intend(t.Context(), run.Attempt{ID: run.AttemptOf(id, 0, 2), Run: id, Number: 2, Intended: time.Now()}))
		s.check(files.Lay(id, 0, 2, nil))
		s.check(os.WriteFile(files.Log(id, 0, 2, "stdout"), []byte("second"), 0o644))
	}}
	s.retainFrom(again, s.spool.Reserve(0), Limits{Files: 30 * days, Logs: 10 * days, Runs: 30 * days})
	if again.then != nil || !strings.Contains(s.left(), "0-2/stdout") {
		t.Errorf("the logs of an attempt that runs are gone: %s", s.left())
	}
}

// triedAgain has a run tried again as soon as it is recorded that its logs go.
type triedAgain struct {
	*state.DB
	then func()
}

func (a *triedAgain) MarkLogs(ctx context.Context, seq int64, at time.Time, decide func(run.KeptRun) bool) (bool, error) {
	marked, err := a.DB.MarkLogs(ctx, seq, at, decide)
	if marked && a.then != nil {
		a.then()
		a.then = nil
	}
	return marked, err
}
