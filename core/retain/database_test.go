package retain

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
	"github.com/raddeploy/raddeploy/core/state"
)

// site is a database and a spool as an agent has them.
type site struct {
	*testing.T
	db    *state.DB
	spool *spool.Spool
	dir   string
	began time.Time
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{T: t, dir: t.TempDir(), began: time.Now().Add(-30 * 24 * time.Hour)}
	var err error
	s.db, err = state.Open(t.Context(), filepath.Join(s.dir, "state.db"))
	s.check(err)
	t.Cleanup(func() { s.check(s.db.Close()) })
	s.spool, err = spool.Open(s.dir)
	s.check(err)
	s.check(s.db.SaveRetentionClock(t.Context(), run.RetentionClock{Began: s.began, Seen: time.Now()}))
	return s
}

func (s *site) check(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// arrive records an arrival of n objects that ended days ago, with their files.
func (s *site) arrive(state run.ArrivalState, days, n int, supersedes ...run.Superseding) run.ArrivalID {
	s.Helper()
	at := time.Now().Add(-time.Duration(days) * 24 * time.Hour)
	a := run.Arrival{ID: run.NewArrivalID(), Opened: at, Sender: run.Sender{CallingAE: "CT1", Address: "10.0.0.1"}}
	s.check(s.db.OpenArrival(s.Context(), a))
	s.check(os.Mkdir(s.spool.Path(string(a.ID)), 0o755))
	var objects []run.Object
	for i := range n {
		file := fmt.Sprintf("%s/%d.dcm", a.ID, i)
		s.check(os.WriteFile(s.spool.Path(file), []byte("object"), 0o644))
		objects = append(objects, run.Object{File: file, Size: 6, Received: at})
	}
	ended := state
	if state == run.ArrivalMatched || state == run.ArrivalUnmatched {
		ended = run.ArrivalComplete
	}
	s.check(s.db.CloseArrival(s.Context(), a.ID, at, objects, nil, func(run.Content, func() (run.Tries, error)) (run.Closing, error) {
		return run.Closing{State: ended, Supersedes: supersedes}, nil
	}))
	if state == run.ArrivalUnmatched {
		s.check(s.db.SetMatched(s.Context(), run.Matching{Arrival: a.ID, State: state}))
	}
	return a.ID
}

// triggered records a run of an arrival that ended days ago with a delivery of n
// objects, with its files.
func (s *site) triggered(arrival run.ArrivalID, days, n int) run.ID {
	s.Helper()
	ctx, at := s.Context(), time.Now().Add(-time.Duration(days)*24*time.Hour)
	r := run.Run{ID: run.NewID(), Flow: "f", Definition: []byte("{}"), Created: at}
	s.check(s.db.SetMatched(ctx, run.Matching{Arrival: arrival, State: run.ArrivalMatched, Runs: []run.Run{r}, Tasks: [][]string{{"one"}}}))
	attempt := run.Attempt{ID: run.AttemptOf(r.ID, 0, 1), Run: r.ID, Number: 1, Intended: at}
	s.check(s.db.Intend(ctx, attempt))
	s.check(s.db.Settle(ctx, state.Settlement{Run: r.ID, At: at, State: run.Sending, Attempts: []run.Attempt{attempt},
		Tasks: []run.Task{{Index: 0, State: run.TaskSucceeded}}, Deliveries: []run.Delivery{{}}}))
	deliveries, err := s.db.Deliveries(ctx, r.ID)
	s.check(err)
	var objects []run.DeliveryObject
	for i := range n {
		objects = append(objects, run.DeliveryObject{File: fmt.Sprint(i), State: run.ObjectSent})
	}
	s.check(s.db.ListObjects(ctx, deliveries[0].ID, objects))
	s.check(s.db.BeginTry(ctx, deliveries[0].ID))
	s.check(s.db.EndTry(ctx, run.TryEnd{Delivery: deliveries[0].ID, State: run.DeliverySent, At: at},
		func([]run.Delivery) (run.State, string) { return run.Done, "" }))
	s.check(s.db.SetRemoved(ctx, attempt.ID))
	files := s.spool.Runs()
	s.check(files.Lay(r.ID, 0, 1, []string{"dst"}))
	s.check(os.WriteFile(filepath.Join(files.Output(r.ID, 0, 1, "dst"), "result"), []byte("result"), 0o644))
	s.check(os.WriteFile(files.Log(r.ID, 0, 1, "stdout"), []byte("log"), 0o644))
	return r.ID
}

// retain removes what is due.
func (s *site) retain(limits Limits) *Retainer {
	s.Helper()
	return s.retainOn(s.spool.Reserve(0), limits)
}

// retainOn is retain on a disk with a reserve.
func (s *site) retainOn(reserve *spool.Reserve, limits Limits) *Retainer {
	s.Helper()
	return s.retainFrom(s.db, reserve, limits)
}

// retainFrom is retainOn with another store.
func (s *site) retainFrom(store Store, reserve *spool.Reserve, limits Limits) *Retainer {
	s.Helper()
	r := &Retainer{Store: store, Files: files{s.spool, s.spool.Runs()}, Limits: limits, Reserve: reserve,
		Open: func(run.ArrivalID) bool { return false }, Logger: hclog.NewNullLogger()}
	s.check(r.pass(s.Context()))
	return r
}

type files struct {
	*spool.Spool
	spool.Runs
}

// left lists the files of all arrivals and runs, with the ids cut.
func (s *site) left() string {
	s.Helper()
	var all []string
	for _, folder := range []string{"objects", "runs"} {
		s.check(filepath.WalkDir(filepath.Join(s.dir, folder), func(path string, entry os.DirEntry, err error) error {
			if name, _ := filepath.Rel(s.dir, path); name != folder && (!entry.IsDir() || strings.Count(name, "/") == 1) {
				parts := strings.SplitN(name, "/", 3)
				parts[1] = parts[1][:8]
				all = append(all, strings.Join(parts, "/"))
			}
			return err
		}))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

const days = 24 * time.Hour

// An object that went into a later arrival stays for as long as that one.
func TestSharedObjectsStay(t *testing.T) {
	s := newSite(t)
	broken := s.arrive(run.ArrivalIncomplete, 20, 2)
	again := s.arrive(run.ArrivalUnmatched, 3, 1, run.Superseding{Arrival: broken})
	limits := Limits{Files: 7 * days, Logs: 400 * days, Runs: 400 * days}
	s.retain(limits)
	name := func(id run.ArrivalID, file string) string { return "objects/" + string(id)[:8] + file }
	want := []string{name(broken, ""), name(broken, "/0.dcm"), name(broken, "/1.dcm"), name(again, ""), name(again, "/0.dcm")}
	slices.Sort(want)
	if got := s.left(); got != strings.Join(want, " ") {
		t.Errorf("left are %s, want %v", got, want)
	}
	if a, err := s.db.Arrival(t.Context(), string(broken)); err != nil || a.FilesRemoved.IsZero() {
		t.Errorf("the superseded arrival does not say that its files are removed: %+v, %v", a, err)
	}
	limits.Runs = 10 * days
	s.retain(limits)
	if files, err := s.db.Files(t.Context(), again); err != nil || len(files) != 3 {
		t.Errorf("the later arrival has rows of %v, %v, when those of the superseded one are gone", files, err)
	}
	if _, err := s.db.Arrival(t.Context(), string(broken)); err == nil {
		t.Error("the superseded arrival is still there")
	}
	limits.Files = 2 * days
	s.retain(limits)
	if got := s.left(); got != "" {
		t.Errorf("left are %s after the later arrival's time is over", got)
	}
}

// All of a run goes, piece by piece, and the rows of others stay. What goes is
// counted.
func TestRowsGo(t *testing.T) {
	s := newSite(t)
	gone := s.triggered(s.arrive(run.ArrivalMatched, 20, 300), 20, 400)
	s.arrive(run.ArrivalUnmatched, 20, 1)
	s.arrive(run.ArrivalDiscarded, 20, 0)
	held := s.arrive(run.ArrivalIncomplete, 20, 1)
	young := s.arrive(run.ArrivalMatched, 2, 2)
	kept := s.triggered(young, 2, 3)
	r := s.retain(Limits{Files: 10 * days, Logs: 10 * days, Runs: 10 * days})
	if _, err := s.db.Run(t.Context(), string(gone)); err == nil {
		t.Error("the old run is still there")
	}
	arrivals, err := s.db.Arrivals(t.Context(), state.ArrivalFilter{Part: state.Part{AtMost: 10}})
	s.check(err)
	if len(arrivals) != 2 || arrivals[0].ID != young || arrivals[1].ID != held {
		t.Errorf("arrivals left: %+v, want the held and the young one", arrivals)
	}
	if young, err := s.db.Run(t.Context(), string(kept)); err != nil || !young.FilesRemoved.IsZero() {
		t.Errorf("the young run: %+v, %v", young, err)
	}
	deliveries, err := s.db.Deliveries(t.Context(), kept)
	s.check(err)
	if deliveries[0].Objects != 3 {
		t.Errorf("the young run's delivery has lost objects: %+v", deliveries)
	}
	want := []Count{{run.RemoveLogs, 1, 3}, {run.RemoveOutputs, 1, 6}, {run.RemoveObjects, 301, 1806}, {run.RemoveRuns, 1, 0}, {run.RemoveArrivals, 3, 0}}
	if got := r.Counts(); !slices.Equal(got, want) {
		t.Errorf("counted %v, want %v", got, want)
	}
	if objects, err := s.db.Objects(t.Context(), young); err != nil || len(objects) != 1 { // all have one SOP instance UID
		t.Errorf("objects of the young arrival: %d, %v", len(objects), err)
	}
}

// Rows never go while files that they tell of are there, nor does an operator's
// new run come too late: the decision is made again in the transaction.
func TestStateKeepsTheOrder(t *testing.T) {
	s := newSite(t)
	arrival := s.arrive(run.ArrivalMatched, 20, 1)
	id := s.triggered(arrival, 20, 1)
	runs, err := s.db.KeptRuns(t.Context(), run.RemoveOutputs, 0, 10)
	s.check(err)
	if len(runs) != 1 || runs[0].ID != id || !slices.Equal(runs[0].Deliveries, []run.DeliveryState{run.DeliverySent}) ||
		!slices.Equal(runs[0].Attempts, []run.AttemptState{run.AttemptRemoved}) {
		t.Fatalf("kept runs: %+v", runs)
	}
	if _, err := s.db.DropRun(t.Context(), runs[0].Seq, 10); err == nil {
		t.Error("the rows of a run with files went")
	}
	if _, err := s.db.DropArrival(t.Context(), runs[0].Arrival, 10); err == nil {
		t.Error("the rows of an arrival with files went")
	}
	marked, err := s.db.MarkOutputs(t.Context(), runs[0].Seq, time.Now(), func(run.KeptRun) bool { return false })
	if marked || err != nil {
		t.Errorf("marked against the decision: %v, %v", marked, err)
	}
	for i, want := range []bool{true, false} {
		marked, err := s.db.MarkOutputs(t.Context(), runs[0].Seq, time.Now(), func(run.KeptRun) bool { return true })
		if marked != want || err != nil {
			t.Errorf("marked the %d. time: %v, %v", i+1, marked, err)
		}
	}
	pending, err := s.db.Removals(t.Context())
	if err != nil || len(pending) != 1 || pending[0].ID != string(id) {
		t.Errorf("pending: %+v, %v", pending, err)
	}
}

// Rows go in small pieces: no other write waits for all of an arrival.
func TestRowsGoInPieces(t *testing.T) {
	s := newSite(t)
	s.triggered(s.arrive(run.ArrivalMatched, 20, 25), 20, 25)
	s.retain(Limits{Files: days, Logs: days, Runs: 400 * days})
	runs, err := s.db.KeptRuns(t.Context(), run.RemoveRuns, 0, 10)
	s.check(err)
	s.pieces("run", func() (bool, error) { return s.db.DropRun(t.Context(), runs[0].Seq, 10) })
	s.pieces("arrival", func() (bool, error) { return s.db.DropArrival(t.Context(), runs[0].Arrival, 10) })
}

// pieces has 25 rows removed by 10.
func (s *site) pieces(what string, drop func() (bool, error)) {
	s.Helper()
	for i, want := range []bool{false, false, true} {
		if done, err := drop(); err != nil || done != want {
			s.Errorf("%s, piece %d: %v, %v, want %v", what, i+1, done, err, want)
		}
	}
}

// A crash between the row and the files leaves the removal to the next agent,
// with files that somebody has removed by hand meanwhile.
func TestTheNextAgentGoesOn(t *testing.T) {
	s := newSite(t)
	arrival := s.arrive(run.ArrivalUnmatched, 20, 3)
	arrivals, err := s.db.KeptArrivals(t.Context(), run.RemoveObjects, 0, 10)
	s.check(err)
	marked, err := s.db.MarkObjects(t.Context(), arrivals[0].Seq, time.Now(), func(run.KeptArrival) bool { return true })
	if !marked || err != nil {
		t.Fatal(marked, err)
	}
	s.check(os.Remove(s.spool.Path(string(arrival) + "/1.dcm")))
	s.retain(Limits{Files: 400 * days, Logs: 400 * days, Runs: 400 * days})
	if got := s.left(); got != "" {
		t.Errorf("left are %s", got)
	}
	if pending, err := s.db.Removals(context.Background()); err != nil || len(pending) != 0 {
		t.Errorf("pending: %+v, %v", pending, err)
	}
}

// What goes next comes first, what is needed last.
func TestForecast(t *testing.T) {
	s := newSite(t)
	held := s.arrive(run.ArrivalIncomplete, 6, 1)
	first := s.arrive(run.ArrivalUnmatched, 5, 2)
	arrival := s.arrive(run.ArrivalMatched, 4, 1)
	id := s.triggered(arrival, 3, 1)
	r := s.retainOn(s.spool.Reserve(1<<62), Limits{Files: 7 * days, Logs: 2 * days, Runs: 400 * days, FilesMin: 10 * days})
	f, err := r.Forecast(t.Context(), 10)
	s.check(err)
	var got []string
	for _, g := range f.Going {
		line := fmt.Sprintf("%s %.8s %s %q", g.Kind, g.ID, g.State, g.Why)
		if !g.Files.Due.IsZero() {
			line += fmt.Sprintf(" in %.1f d", time.Until(g.Files.Due).Hours()/24)
		}
		got = append(got, fmt.Sprintf("%s %d %v", line, g.Bytes, !g.Logs.Removed.IsZero()))
	}
	want := []string{
		fmt.Sprintf(`arrival %.8s unmatched "" in 2.0 d 12 false`, first),
		fmt.Sprintf(`arrival %.8s matched "" in 4.0 d 6 false`, arrival),
		fmt.Sprintf(`run %.8s done "" in 4.0 d 0 true`, id),
		fmt.Sprintf(`arrival %.8s incomplete "the arrival is incomplete" 6 false`, held),
	}
	if !slices.Equal(got, want) || !f.Short || f.Free == 0 {
		t.Errorf("got %s\nwant %s\nshort %v, free %d", strings.Join(got, "\n"), strings.Join(want, "\n"), f.Short, f.Free)
	}
	if few, err := r.Forecast(t.Context(), 1); err != nil || len(few.Going) != 1 {
		t.Errorf("asked for one: %+v, %v", few, err)
	}
}
