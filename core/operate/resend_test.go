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

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

var (
	pacs    = run.Destination{Name: "pacs", Host: "10.0.0.9", Port: 104, AETitle: "PACS"}
	viewer  = run.Destination{Host: "10.0.0.8", Port: 105, AETitle: "VIEWER"}
	ofSite  = config.Destinations{{Name: "pacs", Host: "10.0.0.9", Port: 104, AETitle: "PACS"}, {Name: "new", Host: "10.0.0.7", Port: 104, AETitle: "NEW"}}
	nowhere = config.Destinations{}
)

func delivered(id int64, to run.Destination, state run.DeliveryState) run.Delivery {
	return run.Delivery{ID: id, Destination: to, State: state}
}

func TestResendDecides(t *testing.T) {
	const sent, failed, abandoned = run.DeliverySent, run.DeliveryFailed, run.DeliveryAbandoned
	moved := config.Destinations{{Name: "pacs", Host: "10.0.0.10", Port: 104, AETitle: "PACS"}}
	for _, test := range []struct {
		name, to   string
		site       config.Destinations
		deliveries []run.Delivery
		want       []string // AE title, address, and what it resumes
		supersede  []int64
	}{
		{"what failed", "", ofSite, []run.Delivery{delivered(1, pacs, failed), delivered(2, viewer, sent)}, []string{"PACS 10.0.0.9:104 1"}, []int64{1}},
		{"what was abandoned", "", ofSite, []run.Delivery{delivered(1, pacs, sent), delivered(2, viewer, abandoned)}, []string{"VIEWER 10.0.0.8:105 2"}, []int64{2}},
		{"all were sent", "", ofSite, []run.Delivery{delivered(1, pacs, sent), delivered(2, viewer, sent)}, []string{"PACS 10.0.0.9:104 0", "VIEWER 10.0.0.8:105 0"}, []int64{1, 2}},
		{"one by its name", "pacs", ofSite, []run.Delivery{delivered(1, pacs, sent), delivered(2, viewer, failed)}, []string{"PACS 10.0.0.9:104 0"}, []int64{1}},
		{"one by its AE title", "VIEWER", ofSite, []run.Delivery{delivered(1, pacs, sent), delivered(2, viewer, failed)}, []string{"VIEWER 10.0.0.8:105 2"}, []int64{2}},
		{"one that the flow does not name", "new", ofSite, []run.Delivery{delivered(1, pacs, sent)}, []string{"NEW 10.0.0.7:104 0"}, nil},
		{"one that has another address now", "", moved, []run.Delivery{delivered(1, pacs, failed)}, []string{"PACS 10.0.0.10:104 0"}, []int64{1}},
		{"one that the site names no longer", "", nowhere, []run.Delivery{delivered(1, pacs, failed)}, []string{"PACS 10.0.0.9:104 1"}, []int64{1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := standing(run.Failed, run.TaskSucceeded)
			s.Deliveries = test.deliveries
			now := time.Now()
			a, err := resending{to: test.to, site: test.site, now: now, since: time.Hour}.decide(s)
			if err != nil || a.State != run.Sending {
				t.Fatalf("%+v %v", a, err)
			}
			var got []string
			for _, d := range a.Deliveries {
				got = append(got, strings.Join([]string{string(d.Destination.AETitle), d.Destination.Address(), string(rune('0' + d.Resumes))}, " "))
				if d.NextTry != now || d.Since != time.Hour {
					t.Errorf("it is tried from %s on, and since %s", d.NextTry, d.Since)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.supersede, a.Supersede); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestResendIsRefused(t *testing.T) {
	const ok = run.TaskSucceeded
	for name, test := range map[string]struct {
		s      run.Standing
		advice string
	}{
		"it waits":        {standing(run.Pending, run.TaskPending), "wait"},
		"it runs":         {standing(run.Running, run.TaskRunning), "wait"},
		"it is sent":      {standing(run.Sending, ok), "how far"},
		"it is canceling": {standing(run.Canceling, run.TaskRunning), "wait until it is canceled"},
		"a task failed":   {standing(run.Failed, ok, run.TaskFailed), "task b is failed"},
		"it was canceled": {standing(run.Canceled, ok, run.TaskCanceled), "task b is canceled"},
	} {
		_, err := resending{site: ofSite}.decide(test.s)
		var moved *run.StateError
		if !errors.As(err, &moved) || moved.From != string(test.s.Run.State) || !strings.Contains(problem.Advice(err), test.advice) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var refusal *Refusal
	if _, err := (resending{site: ofSite}).decide(standing(run.Done, ok)); !errors.As(err, &refusal) || !strings.Contains(err.Error(), "name a destination with -to; it can be sent to pacs, new") {
		t.Errorf("a flow that sends nothing: %v", err)
	}
	if _, err := (resending{to: "x", site: ofSite}).decide(standing(run.Done, ok)); !errors.Is(err, state.ErrNotFound) || problem.Advice(err) != "it can be sent to pacs, new" {
		t.Errorf("an unknown destination: %v", err)
	}
}

func TestResendNeedsItsOutputs(t *testing.T) {
	s := &store{standing: standing(run.Done, run.TaskSucceeded)}
	s.standing.Deliveries = []run.Delivery{delivered(1, pacs, run.DeliverySent)}
	o, woken := operator(t, s)
	o.Outputs = func(context.Context, run.ID) ([]string, error) { return []string{"0-1/out/dst"}, nil }
	id := s.standing.Run.ID
	var refusal *Refusal
	if err := o.Resend(t.Context(), id, "", anna); !errors.As(err, &refusal) || !strings.Contains(err.Error(), "output dst has been removed") {
		t.Errorf("without its output: %v", err)
	}
	check(t, os.MkdirAll(filepath.Join(o.Spool.Runs().Run(id), "0-1/out/dst"), 0o755))
	check(t, o.Resend(t.Context(), id, "pacs", anna))
	if diff := cmp.Diff([]string{"deliver"}, *woken); diff != "" || s.entries[0].Detail != "to pacs" {
		t.Errorf("woken: %s, entries %+v", diff, s.entries)
	}
	s.standing.Run.FilesRemoved = time.Now() // the output is there for a moment still
	for _, state := range []string{"are being removed", "are gone"} {
		if err := o.Resend(t.Context(), id, "", anna); !errors.As(err, &refusal) || !strings.Contains(err.Error(), "files removed on") {
			t.Errorf("a run whose files %s: %v", state, err)
		}
		check(t, os.RemoveAll(o.Spool.Runs().Run(id)))
	}
	s.standing.Run.FilesRemoved = time.Time{}
	o.Outputs = func(context.Context, run.ID) ([]string, error) { return nil, s.fail }
	s.fail = errors.New("disk I/O error")
	if err := o.Resend(t.Context(), id, "", anna); !errors.Is(err, s.fail) || len(*woken) != 1 {
		t.Errorf("a store that fails: %v, woken %v", err, *woken)
	}
}
