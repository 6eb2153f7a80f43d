package state

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/run"
)

// An overview has what waits and why, who holds what, and how it stands with the
// destinations.
func TestOverview(t *testing.T) {
	db := open(t)
	ctx, now := t.Context(), time.Now()
	waiting, held, sent := oneRun(t, db), oneRun(t, db), oneRun(t, db)
	check(t, db.SetWaiting(ctx, []Waiting{{Run: waiting, Task: 0, Reason: "waits for a free GPU"}}))
	check(t, db.Intend(ctx, run.Attempt{ID: run.AttemptOf(held, 0, 1), Run: held, Number: 1, Executor: "gpu-box", GPUs: []string{"0"}, Intended: now}))
	to := func(name string) run.Delivery {
		return run.Delivery{Destination: run.Destination{Name: name, Host: name, Port: 104, AETitle: "PACS"}, NextTry: now}
	}
	check(t, db.Settle(ctx, Settlement{Run: sent, At: now, Deliveries: []run.Delivery{to("pacs"), to("archive"), to("vault")}}))
	check(t, db.BeginTry(ctx, 1))
	check(t, db.BeginTry(ctx, 3))
	check(t, db.EndTry(ctx, run.TryEnd{Delivery: 3, State: run.DeliveryUncommitted, Reason: "not reported yet"}, nil))

	o, err := db.Overview(ctx, now.Add(-time.Hour))
	check(t, err)
	var got []string
	for _, q := range o.Queue {
		got = append(got, fmt.Sprintf("%.8s waits: %s", q.Run, q.Reason))
	}
	for _, l := range o.Leases {
		got = append(got, fmt.Sprintf("%.8s holds %s of %s", l.Run, l.GPUs, l.Executor))
	}
	for _, d := range o.Targets {
		got = append(got, fmt.Sprintf("%s has %d open after %d tries, and %d uncommitted: %s", d.Name, d.Open, d.Tries, d.Uncommitted, d.Reason))
	}
	want := []string{
		fmt.Sprintf("%.8s waits: waits for a free GPU", waiting), fmt.Sprintf("%.8s holds [0] of gpu-box", held),
		"archive has 1 open after 0 tries, and 0 uncommitted: ", "pacs has 1 open after 1 tries, and 0 uncommitted: ",
		"vault has 0 open after 0 tries, and 1 uncommitted: not reported yet",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the overview (-want +got):\n%s", diff)
	}
	if o.Queued != 1 || o.Objects != 3 || o.Runs[run.Pending]+o.Runs[run.Running] != 3 {
		t.Errorf("%d wait, %d objects, runs %v", o.Queued, o.Objects, o.Runs)
	}
	if later, err := db.Overview(ctx, now.Add(time.Hour)); err != nil || len(later.Runs) != 0 || len(later.Open) == 0 {
		t.Errorf("of runs made later: %v, open %v (%v)", later.Runs, later.Open, err)
	}
	bytes, err := db.BytesSince(ctx, now.Add(-time.Hour))
	check(t, err)
	if none, err := db.BytesSince(ctx, now.Add(time.Hour)); err != nil || bytes != 30 || none != 0 {
		t.Errorf("%d and %d bytes, want 30 and 0 (%v)", bytes, none, err)
	}
}
