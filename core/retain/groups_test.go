package retain

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
)

// study is a rule by which objects may come late for two days.
var study = flow.Complete{On: flow.OnStudy, LateWindow: 2 * days}.Rule()

// brought records an association that brought objects of a study, which ended
// days ago and is a part of that study's arrival: the one of this id, or a new
// one, which is a revision of another unless that is "".
func (s *site) brought(ago, n int, into, previous run.ArrivalID) run.ArrivalID {
	s.Helper()
	ctx, at := s.Context(), time.Now().Add(-time.Duration(ago)*days)
	a := run.Arrival{ID: run.NewArrivalID(), Opened: at, Rule: flow.NoRule}
	s.check(s.db.OpenArrival(ctx, a))
	s.check(os.Mkdir(s.spool.Path(string(a.ID)), 0o755))
	var objects []run.Object
	var all []int
	for i := range n {
		file := fmt.Sprintf("%s/%d.dcm", a.ID, i)
		s.check(os.WriteFile(s.spool.Path(file), []byte("object"), 0o644))
		objects, all = append(objects, run.Object{File: file, StudyUID: "1", SOPInstanceUID: dcm.UID(file), Size: 6}), append(all, i)
	}
	s.check(s.db.AddObjects(ctx, a.ID, objects, func(known func([]dcm.UID) (map[dcm.UID][]run.Arrival, error)) ([]run.Placing, error) {
		arrivals, err := known([]dcm.UID{"1"})
		p := run.Placing{Into: run.Arrival{ID: run.NewArrivalID(), Rule: study, UID: "1", Revision: 1, Previous: previous, Opened: at}, Objects: all, Last: at, Due: at}
		for _, one := range arrivals["1"] {
			if one.ID == into {
				p.Into = one
			}
		}
		into = p.Into.ID
		return []run.Placing{p}, err
	}))
	s.check(s.db.CloseArrival(ctx, a.ID, at, nil, nil, func(run.Content, func() (run.Tries, error)) (run.Closing, error) {
		return run.Closing{State: run.ArrivalGrouped}, nil
	}))
	return into
}

// whole completes an arrival of a study, days ago, and matches it.
func (s *site) whole(id run.ArrivalID, ago int, before run.ArrivalID) {
	s.Helper()
	s.check(s.db.CompleteArrival(s.Context(), run.Completion{Arrival: id, At: time.Now().Add(-time.Duration(ago) * days), State: run.ArrivalComplete,
		Newest: 1 << 40, Before: before}))
	s.check(s.db.SetMatched(s.Context(), run.Matching{Arrival: id, State: run.ArrivalUnmatched}))
}

func (s *site) files() int { return strings.Count(s.left(), ".dcm") }

// What late objects and what a study keep for longer than its age says so.
func TestForecastOfStudies(t *testing.T) {
	s := newSite(t)
	first := s.brought(20, 2, "", "")
	s.whole(first, 1, "")
	r := s.retainOn(s.spool.Reserve(0), Limits{Files: time.Hour, Logs: days, Runs: 400 * days})
	f, err := r.Forecast(t.Context(), 10)
	s.check(err)
	got := make(map[string]string)
	for _, g := range f.Going {
		got[g.State] = fmt.Sprintf("%q, files go %v, rows go %v", g.Why, !g.Files.Due.IsZero(), !g.Rows.Due.IsZero())
	}
	want := map[string]string{
		"grouped":   `"rows: until those are gone of the series or study that it sent to", files go true, rows go false`,
		"unmatched": `"objects may come late until then", files go true, rows go true`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// The objects of a study are those of its associations. They stay while objects
// may come late, and while a revision is waiting that builds on them; in the
// end everything goes.
func TestStudiesAndTheirRevisions(t *testing.T) {
	s := newSite(t)
	first := s.brought(20, 2, "", "")
	s.brought(20, 3, first, "")
	s.whole(first, 1, "")
	limits := Limits{Files: time.Hour, Logs: 400 * days, Runs: 400 * days}
	if s.retain(limits); s.files() != 5 {
		t.Fatalf("%s is left of a study for which objects may come late", s.left())
	}
	second := s.brought(0, 1, "", first)
	if _, err := s.db.Arrival(t.Context(), string(second)); err != nil {
		t.Fatal(err)
	}
	// late_window is over, by a clock that shows three more days
	later := &Retainer{Store: s.db, Files: files{s.spool, s.spool.Runs()}, Limits: limits, Reserve: s.spool.Reserve(0),
		Open: func(run.ArrivalID) bool { return false }, Logger: s.retain(limits).Logger}
	pass := func(after time.Duration) {
		clock := clockNow{later.seen().RetentionClock, time.Now().Add(after)}
		for _, step := range []func(clockNow) error{
			func(c clockNow) error { return later.oldObjects(t.Context(), c) },
			func(c clockNow) error { return later.oldArrivals(t.Context(), c) },
			func(c clockNow) error { return later.oldArrivals(t.Context(), c) }, // associations after what they sent to
		} {
			s.check(step(clock))
		}
	}
	if pass(3 * days); s.files() != 6 {
		t.Errorf("%s is left of a study whose revision waits", s.left())
	}
	s.whole(second, 0, first)
	if pass(time.Hour + time.Minute); s.files() != 6 {
		t.Errorf("%s is left, and a revision within its late_window has all objects", s.left())
	}
	if pass(3 * days); s.left() != "" {
		t.Errorf("left: %s", s.left())
	}
	later.Limits.Runs = 2 * days
	pass(30 * days)
	if arrivals, err := s.db.KeptArrivals(t.Context(), run.RemoveArrivals, 0, 10); err != nil || len(arrivals) != 0 {
		t.Errorf("rows left: %+v, %v", arrivals, err)
	}
}
