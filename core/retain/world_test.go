package retain

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
)

// world is what outlives a crash: the rows, the files, and the disk. Each
// change is an event.
type world struct {
	mu       sync.Mutex
	arrivals []*run.KeptArrival
	runs     []*run.KeptRun
	pending  []run.Removal
	saved    run.RetentionClock
	files    map[string]bool // "objects a1", "outputs r1", "logs r1"
	stuck    map[string]bool // of files, those that cannot be removed
	tries    int             // to remove those
	free     uint64
	events   []string
	faults   map[string]string // by call: "fail" or "crash"
	dead     bool
	crash    func()
}

func newWorld() *world {
	return &world{files: map[string]bool{}, stuck: map[string]bool{}, faults: map[string]string{}, free: 1 << 40}
}

// lock has one goroutine at a time look at the world.
func (w *world) lock() (unlock func()) {
	w.mu.Lock()
	return w.mu.Unlock
}

var errStore = errors.New("disk is full")

func (w *world) event(format string, args ...any) {
	w.events = append(w.events, fmt.Sprintf(format, args...)+"\n")
}

// call is the beginning of each call: it may be told to fail, or to be the last
// that the process makes.
func (w *world) call(name string) error {
	if w.dead {
		return context.Canceled
	}
	switch fault := w.faults[name]; fault {
	case "fail":
		delete(w.faults, name)
		return errStore
	case "crash":
		delete(w.faults, name)
		w.dead = true
		w.crash()
		return context.Canceled
	}
	return nil
}

func (w *world) KeptArrivals(_ context.Context, kind run.RemovalKind, after int64, most int) (all []run.KeptArrival, err error) {
	defer w.lock()()
	for _, a := range w.arrivals {
		if a.Seq > after && (kind == run.RemoveArrivals || a.FilesRemoved.IsZero()) && len(all) < most {
			all = append(all, w.arrival(a))
		}
	}
	return all, w.call("KeptArrivals")
}

func (w *world) arrival(a *run.KeptArrival) run.KeptArrival {
	copied := *a
	for _, k := range w.runs {
		if k.Arrival == a.Seq {
			copied.Runs = append(copied.Runs, *k)
		}
	}
	return copied
}

func (w *world) KeptRuns(_ context.Context, kind run.RemovalKind, after int64, most int) (all []run.KeptRun, err error) {
	defer w.lock()()
	for _, k := range w.runs {
		kept := kind == run.RemoveRuns || kind == run.RemoveLogs && k.LogsRemoved.IsZero() || kind == run.RemoveOutputs && k.FilesRemoved.IsZero()
		if k.Seq > after && kept && len(all) < most {
			all = append(all, *k)
		}
	}
	return all, w.call("KeptRuns")
}

func (w *world) UnneededObjects(_ context.Context, arrival, after int64, _ int) ([]run.Object, error) {
	defer w.lock()()
	if after > 0 {
		return nil, nil
	}
	return []run.Object{{ID: 1, File: string(w.byArrival(arrival).ID) + "/1.dcm"}}, w.call("UnneededObjects")
}

func (w *world) ArrivalBytes(context.Context, int64) (int64, error) { return 10, nil }

func (w *world) byArrival(seq int64) *run.KeptArrival {
	return w.arrivals[slices.IndexFunc(w.arrivals, func(a *run.KeptArrival) bool { return a.Seq == seq })]
}

func (w *world) byRun(seq int64) *run.KeptRun {
	return w.runs[slices.IndexFunc(w.runs, func(k *run.KeptRun) bool { return k.Seq == seq })]
}

func (w *world) MarkObjects(_ context.Context, seq int64, at time.Time, decide func(run.KeptArrival) bool) (bool, error) {
	defer w.lock()()
	a := w.byArrival(seq)
	if err := w.call("MarkObjects"); err != nil || !decide(w.arrival(a)) {
		return false, err
	}
	a.FilesRemoved = at
	w.mark(run.RemoveObjects, seq, string(a.ID), at)
	return true, nil
}

func (w *world) MarkOutputs(_ context.Context, seq int64, at time.Time, decide func(run.KeptRun) bool) (bool, error) {
	defer w.lock()()
	k := w.byRun(seq)
	if err := w.call("MarkOutputs"); err != nil || !decide(*k) {
		return false, err
	}
	k.FilesRemoved = at
	w.mark(run.RemoveOutputs, seq, string(k.ID), at)
	return true, nil
}

func (w *world) MarkLogs(_ context.Context, seq int64, at time.Time, decide func(run.KeptRun) bool) (bool, error) {
	defer w.lock()()
	k := w.byRun(seq)
	if err := w.call("MarkLogs"); err != nil || !decide(*k) {
		return false, err
	}
	k.LogsRemoved = at
	w.mark(run.RemoveLogs, seq, string(k.ID), at)
	return true, nil
}

func (w *world) mark(kind run.RemovalKind, seq int64, id string, at time.Time) {
	w.pending = append(w.pending, run.Removal{Kind: kind, Seq: seq, ID: id, Since: at})
	w.event("%s %s: recorded", kind, id)
}

func (w *world) Removals(context.Context) ([]run.Removal, error) {
	defer w.lock()()
	return slices.Clone(w.pending), w.call("Removals")
}

func (w *world) RemovalFailed(_ context.Context, m run.Removal, reason string) error {
	defer w.lock()()
	if err := w.call("RemovalFailed"); err != nil {
		return err
	}
	i := slices.IndexFunc(w.pending, func(p run.Removal) bool { return p.Kind == m.Kind && p.Seq == m.Seq })
	w.pending[i].Reason = reason
	w.event("%s %s: %s", m.Kind, m.ID, reason)
	return nil
}

func (w *world) RemovalDone(_ context.Context, m run.Removal) error {
	defer w.lock()()
	if err := w.call("RemovalDone"); err != nil {
		return err
	}
	w.pending = slices.DeleteFunc(w.pending, func(p run.Removal) bool { return p.Kind == m.Kind && p.Seq == m.Seq })
	w.event("%s %s: done", m.Kind, m.ID)
	return nil
}

func (w *world) DropRun(_ context.Context, seq int64, _ int) (bool, error) {
	defer w.lock()()
	if err := w.call("DropRun"); err != nil {
		return false, err
	}
	w.event("rows of run %s: gone", w.byRun(seq).ID)
	w.runs = slices.DeleteFunc(w.runs, func(k *run.KeptRun) bool { return k.Seq == seq })
	return true, nil
}

func (w *world) DropArrival(_ context.Context, seq int64, _ int) (bool, error) {
	defer w.lock()()
	if err := w.call("DropArrival"); err != nil {
		return false, err
	}
	w.event("rows of arrival %s: gone", w.byArrival(seq).ID)
	w.arrivals = slices.DeleteFunc(w.arrivals, func(a *run.KeptArrival) bool { return a.Seq == seq })
	return true, nil
}

func (w *world) RetentionClock(context.Context) (run.RetentionClock, error) {
	defer w.lock()()
	return w.saved, w.call("RetentionClock")
}

func (w *world) SaveRetentionClock(_ context.Context, c run.RetentionClock) error {
	defer w.lock()()
	if err := w.call("SaveRetentionClock"); err != nil {
		return err
	}
	w.saved = c
	return nil
}

func (w *world) RemoveObjects(arrival run.ArrivalID, _ []string, _ func(run.ArrivalID) bool, step spool.Step) spool.Removed {
	return w.remove("objects "+string(arrival), step)
}

func (w *world) RemoveOutputs(id run.ID, step spool.Step) spool.Removed {
	return w.remove("outputs "+string(id), step)
}

func (w *world) RemoveLogs(id run.ID, sure func() error, step spool.Step) spool.Removed {
	if err := sure(); err != nil {
		return spool.Removed{Err: err}
	}
	return w.remove("logs "+string(id), step)
}

// remove gives the disk 10 bytes back.
func (w *world) remove(what string, step spool.Step) spool.Removed {
	defer w.lock()()
	if err := w.call("Remove"); err != nil {
		return spool.Removed{Err: err}
	}
	switch {
	case w.stuck[what]:
		w.tries++
		return spool.Removed{Kept: 2, Err: fs.ErrPermission}
	case !w.files[what]:
		return spool.Removed{} // it is gone already
	}
	delete(w.files, what)
	w.free += 10
	w.event("%s: removed", what)
	return spool.Removed{Files: 1, Bytes: 10, Err: step()}
}
