package retain

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// Forecast is what would go, and when.
type Forecast struct {
	Limits  Limits
	Reserve uint64 // bytes of the disk that stay free
	Free    uint64 // bytes of the disk
	Short   bool   // files go before their age, since the disk is short
	// From is when the first removal may be, after the first start ever; zero:
	// nothing is held up.
	From  time.Time
	Going []Going // what goes next comes first, what cannot go comes last
}

// Going is an arrival or a run of which something will go.
type Going struct {
	Kind  string // "arrival" or "run"
	ID    string
	State string
	Ended time.Time // from when on its age counts
	Bytes int64     // of an arrival's objects
	Files Fate
	Logs  Fate // of a run
	Rows  Fate
	// Why says what needs it, or why some of its files cannot be removed; "" if
	// nothing is special.
	Why string

	seq int64
}

// Fate is what becomes of something.
type Fate struct {
	Removed time.Time // it was removed; zero: it is there
	Due     time.Time // it goes; zero: not as long as it is needed
}

// next is when something of it goes next; zero: nothing does.
func (g Going) next() (next time.Time) {
	for _, fate := range []Fate{g.Files, g.Logs, g.Rows} {
		if fate.Removed.IsZero() && !fate.Due.IsZero() && (next.IsZero() || fate.Due.Before(next)) {
			next = fate.Due
		}
	}
	return next
}

// Forecast says of up to most arrivals and runs what goes next, by what is known
// now. It changes nothing, and may be called while Run runs.
func (r *Retainer) Forecast(ctx context.Context, most int) (Forecast, error) {
	clock, limits := r.seen(), r.inForce()
	f := Forecast{Limits: limits, Reserve: r.Reserve.Bytes()}
	var err error
	if f.Free, err = r.Reserve.Free(); err != nil {
		return f, err
	}
	if f.Short, err = r.isShort(); err != nil {
		return f, err
	}
	if hold := min(limits.FilesMin, grace); !clock.Began.IsZero() && clock.age(clock.Began) < hold {
		f.From = clock.due(clock.Began, hold)
	}
	if f.Going, err = r.going(ctx, clock, limits, most); err != nil {
		return f, err
	}
	for i := range f.Going {
		if g := &f.Going[i]; g.Kind == "arrival" && g.Files.Removed.IsZero() {
			if g.Bytes, err = r.Store.ArrivalBytes(ctx, g.seq); err != nil {
				return f, err
			}
		}
	}
	return f, nil
}

// inForce returns the limits that count, or will from the next look on.
func (r *Retainer) inForce() Limits {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.changed != nil {
		return *r.changed
	}
	return r.Limits
}

// going lists what goes next. Of each kind the oldest are read: that is where
// the next ones are.
func (r *Retainer) going(ctx context.Context, clock clockNow, limits Limits, most int) ([]Going, error) {
	found := make(map[removalKey]Going)
	for _, kind := range []run.RemovalKind{run.RemoveLogs, run.RemoveOutputs, run.RemoveRuns} {
		runs, err := r.Store.KeptRuns(ctx, kind, 0, most)
		if err != nil {
			return nil, err
		}
		for _, k := range runs {
			found[removalKey{run.RemoveRuns, k.Seq}] = goingRun(clock, limits, k)
		}
	}
	for _, kind := range []run.RemovalKind{run.RemoveObjects, run.RemoveArrivals} {
		arrivals, err := r.Store.KeptArrivals(ctx, kind, 0, most)
		if err != nil {
			return nil, err
		}
		for _, a := range arrivals {
			found[removalKey{run.RemoveArrivals, a.Seq}] = goingArrival(clock, limits, a)
		}
	}
	if err := r.unfinished(ctx, found); err != nil {
		return nil, err
	}
	all := make([]Going, 0, len(found))
	for _, g := range found {
		all = append(all, g)
	}
	slices.SortFunc(all, func(a, b Going) int {
		first, second := a.next(), b.next()
		if first.IsZero() != second.IsZero() {
			return cmp.Compare(boolean(first.IsZero()), boolean(second.IsZero()))
		}
		return cmp.Or(first.Compare(second), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.seq, b.seq))
	})
	return all[:min(most, len(all))], nil
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

func goingRun(clock clockNow, limits Limits, k run.KeptRun) Going {
	g := Going{Kind: "run", ID: string(k.ID), State: string(k.State), Why: runNeeded(k), seq: k.Seq}
	g.Files.Removed, g.Logs.Removed = k.FilesRemoved, k.LogsRemoved
	if g.Why == "" {
		g.Ended = runEnd(k)
		g.Files.Due = clock.due(g.Ended, limits.files())
		g.Logs.Due = clock.due(g.Ended, limits.logs())
		g.Rows.Due = clock.due(g.Ended, limits.Runs)
	}
	return g
}

func goingArrival(clock clockNow, limits Limits, a run.KeptArrival) Going {
	g := Going{Kind: "arrival", ID: string(a.ID), State: string(a.State), Why: arrivalNeeded(a), seq: a.Seq}
	g.Files.Removed = a.FilesRemoved
	if g.Why == "" {
		g.Ended = arrivalEnd(a)
		late := clock.due(latest(a.Opened, a.Completed), lateUntil(a))
		g.Files.Due = latest(clock.due(g.Ended, limits.files()), late)
		if g.Files.Removed.IsZero() && late.After(clock.due(g.Ended, limits.files())) {
			g.Why = "objects may come late until then"
		}
		if g.Rows.Due = latest(clock.due(g.Ended, limits.Runs), late); a.SentTo > 0 {
			g.Rows.Due, g.Why = time.Time{}, cmp.Or(g.Why, "rows: until those are gone of the series or study that it sent to")
		}
	}
	return g
}

// unfinished adds what cannot be removed, and why.
func (r *Retainer) unfinished(ctx context.Context, found map[removalKey]Going) error {
	pending, err := r.Store.Removals(ctx)
	for _, m := range pending {
		key, kind := removalKey{run.RemoveRuns, m.Seq}, "run"
		if m.Kind == run.RemoveObjects {
			key, kind = removalKey{run.RemoveArrivals, m.Seq}, "arrival"
		}
		g, ok := found[key]
		if !ok {
			g = Going{Kind: kind, ID: m.ID, seq: m.Seq}
		}
		if m.Reason != "" {
			g.Why = m.Reason
		}
		found[key] = g
	}
	return err
}
