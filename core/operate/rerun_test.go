package operate

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

func (s *store) Objects(context.Context, run.ArrivalID) ([]run.Object, error) {
	return s.objects, s.fail
}

func (s *store) AddRun(_ context.Context, e run.Entry, _ run.ArrivalID, _ run.Run, _ []string, allow func(run.ArrivalState, time.Time) error) error {
	if err := allow(s.arrival, s.removed); err != nil || s.fail != nil {
		return errors.Join(err, s.fail)
	}
	s.entries = append(s.entries, e)
	return nil
}

// rerunner is an operator at a site with the flow chain.
func rerunner(t *testing.T, s *store) (*Operator, *[]string) {
	o, woken := operator(t, s)
	o.Flow = func(name string) (*flowfile.Loaded, error) {
		if name != "chain" {
			return nil, state.ErrNotFound
		}
		return &flowfile.Loaded{Flow: chain()}, nil
	}
	o.NewRun = func(context.Context, run.Arrival, *flowfile.Loaded) (run.Run, []string, error) {
		return run.Run{ID: "new"}, []string{"a", "b", "c"}, nil
	}
	return o, woken
}

func TestRerun(t *testing.T) {
	s := &store{arrival: run.ArrivalUnmatched, objects: []run.Object{{File: "A/1.dcm"}}}
	o, woken := rerunner(t, s)
	arrival := run.Arrival{ID: "A", State: run.ArrivalUnmatched}
	var refusal *Refusal
	if _, err := o.Rerun(t.Context(), arrival, "chain", anna); !errors.As(err, &refusal) || !strings.Contains(err.Error(), "object 1 of 1 has been removed") {
		t.Errorf("without its objects: %v", err)
	}
	check(t, os.MkdirAll(filepath.Dir(o.Spool.Path("A/1.dcm")), 0o755))
	check(t, os.WriteFile(o.Spool.Path("A/1.dcm"), nil, 0o600))
	if _, err := o.Rerun(t.Context(), arrival, "other", anna); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("an unknown flow: %v", err)
	}
	id, err := o.Rerun(t.Context(), arrival, "chain", anna)
	check(t, err)
	if diff := cmp.Diff([]string{"schedule"}, *woken); diff != "" || id != "new" || s.entries[0].ID != "new" || s.entries[0].Detail != "flow chain on arrival A" {
		t.Errorf("woken: %s; run %s, entries %+v", diff, id, s.entries)
	}
	s.removed = time.Now() // its file is there for a moment still
	if _, err := o.Rerun(t.Context(), arrival, "chain", anna); !errors.As(err, &refusal) || !strings.Contains(err.Error(), "files removed on") {
		t.Errorf("an arrival whose files are being removed: %v", err)
	}
	s.removed = time.Time{}
	s.arrival = run.ArrivalDiscarded // meanwhile
	var moved *run.StateError
	if _, err := o.Rerun(t.Context(), arrival, "chain", anna); !errors.As(err, &moved) {
		t.Errorf("an arrival that was discarded meanwhile: %v", err)
	}
	s.fail = errors.New("disk I/O error")
	if _, err := o.Rerun(t.Context(), arrival, "chain", anna); !errors.Is(err, s.fail) || len(*woken) != 1 {
		t.Errorf("a store that fails: %v, woken %v", err, *woken)
	}
}

func TestRerunIsRefused(t *testing.T) {
	for at, advice := range map[run.ArrivalState]string{
		run.ArrivalReceiving:  "wait",
		run.ArrivalIncomplete: "raddeploy release 0b7c1f8e",
		run.ArrivalSuperseded: "later arrival",
		run.ArrivalGrouped:    "series or studies",
		run.ArrivalDiscarded:  "what happened",
	} {
		err := rerunnable("0b7c1f8e-6f0e-4f3e-9c3a-2f1d8f1f2a10", at)
		var moved *run.StateError
		if !errors.As(err, &moved) || moved.From != string(at) || !strings.Contains(problem.Advice(err), advice) {
			t.Errorf("%s: %v", at, err)
		}
	}
}
