package retain

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/run"
)

// Nothing can end before it began. So each of these stops at the first row that
// began too late, however many are behind it.

// oldLogs removes what tasks of old runs printed.
func (r *Retainer) oldLogs(ctx context.Context, clock clockNow) error {
	due := func(k run.KeptRun) bool { return clock.dueRun(k, r.Limits.logs()) }
	return r.eachRun(ctx, clock, run.RemoveLogs, r.Limits.logs(), func(k run.KeptRun) error {
		if !due(k) {
			return nil
		}
		marked, err := r.Store.MarkLogs(ctx, k.Seq, r.seen().now, due)
		if err != nil || !marked {
			return err
		}
		return r.remove(ctx, run.Removal{Kind: run.RemoveLogs, Seq: k.Seq, ID: string(k.ID)})
	})
}

// oldOutputs removes inputs and outputs of old runs.
func (r *Retainer) oldOutputs(ctx context.Context, clock clockNow) error {
	due := func(k run.KeptRun) bool { return clock.dueRun(k, r.Limits.files()) }
	return r.eachRun(ctx, clock, run.RemoveOutputs, r.Limits.files(), func(k run.KeptRun) error {
		if !due(k) {
			return nil
		}
		return r.removeOutputs(ctx, k, due)
	})
}

func (r *Retainer) removeOutputs(ctx context.Context, k run.KeptRun, due func(run.KeptRun) bool) error {
	marked, err := r.Store.MarkOutputs(ctx, k.Seq, r.seen().now, due)
	if err != nil || !marked {
		return err
	}
	return r.remove(ctx, run.Removal{Kind: run.RemoveOutputs, Seq: k.Seq, ID: string(k.ID)})
}

// oldObjects removes the objects of old arrivals.
func (r *Retainer) oldObjects(ctx context.Context, clock clockNow) error {
	due := func(a run.KeptArrival) bool { return clock.dueObjects(a, r.Limits.files()) }
	return r.eachArrival(ctx, clock, run.RemoveObjects, r.Limits.files(), func(a run.KeptArrival) error {
		if !due(a) {
			return nil
		}
		return r.removeObjectsOf(ctx, a, due)
	})
}

func (r *Retainer) removeObjectsOf(ctx context.Context, a run.KeptArrival, due func(run.KeptArrival) bool) error {
	marked, err := r.Store.MarkObjects(ctx, a.Seq, r.seen().now, due)
	if err != nil || !marked {
		return err
	}
	return r.remove(ctx, run.Removal{Kind: run.RemoveObjects, Seq: a.Seq, ID: string(a.ID)})
}

// oldRuns removes the rows of old runs. Those whose files could not be removed
// stay.
func (r *Retainer) oldRuns(ctx context.Context, clock clockNow) error {
	return r.eachRun(ctx, clock, run.RemoveRuns, r.Limits.Runs, func(k run.KeptRun) error {
		if !clock.dueRows(k, r.Limits.Runs) || r.stuck(run.RemoveOutputs, k.Seq) || r.stuck(run.RemoveLogs, k.Seq) {
			return nil
		}
		return r.drop(ctx, run.RemoveRuns, func() (bool, error) { return r.Store.DropRun(ctx, k.Seq, batch) })
	})
}

// oldArrivals removes the rows of old arrivals whose runs are gone, with those
// of their objects.
func (r *Retainer) oldArrivals(ctx context.Context, clock clockNow) error {
	return r.eachArrival(ctx, clock, run.RemoveArrivals, r.Limits.Runs, func(a run.KeptArrival) error {
		if !clock.dueArrival(a, r.Limits.Runs) || a.FilesRemoved.IsZero() || len(a.Runs) > 0 || a.SentTo > 0 || r.stuck(run.RemoveObjects, a.Seq) {
			return nil
		}
		return r.drop(ctx, run.RemoveArrivals, func() (bool, error) { return r.Store.DropArrival(ctx, a.Seq, batch) })
	})
}

func (r *Retainer) stuck(kind run.RemovalKind, seq int64) bool {
	_, stuck := r.failed[removalKey{kind, seq}]
	return stuck
}

// drop removes rows in short transactions, and leaves the writer to others for
// as long after each.
func (r *Retainer) drop(ctx context.Context, kind run.RemovalKind, some func() (bool, error)) error {
	for {
		began := time.Now()
		done, err := some()
		if err != nil {
			return err
		}
		if done {
			r.counted.add(kind, 1, 0)
		}
		if err := wake.Sleep(ctx, max(time.Since(began), time.Millisecond)); err != nil || done {
			return err
		}
	}
}

// eachRun calls do for the runs that began so long ago, oldest first.
// One that fails stops no other.
func (r *Retainer) eachRun(ctx context.Context, clock clockNow, kind run.RemovalKind, kept time.Duration, do func(run.KeptRun) error) error {
	read := func(after int64) ([]run.KeptRun, error) { return r.Store.KeptRuns(ctx, kind, after, page) }
	which := func(k run.KeptRun) row { return row{k.Seq, "run", string(k.ID), k.Created} }
	return each(ctx, read, which, func(row row) bool { return clock.tooYoung(row.began, kept) }, do)
}

// eachArrival is eachRun for arrivals.
func (r *Retainer) eachArrival(ctx context.Context, clock clockNow, kind run.RemovalKind, kept time.Duration, do func(run.KeptArrival) error) error {
	read := func(after int64) ([]run.KeptArrival, error) { return r.Store.KeptArrivals(ctx, kind, after, page) }
	which := func(a run.KeptArrival) row { return row{a.Seq, "arrival", string(a.ID), a.Opened} }
	return each(ctx, read, which, func(row row) bool { return clock.tooYoung(row.began, kept) }, do)
}

// row is which arrival or run one is, and when it began.
type row struct {
	seq   int64
	thing string
	id    string
	began time.Time
}

// each reads rows page by page, oldest first, up to the first that is too young.
func each[K any](ctx context.Context, read func(after int64) ([]K, error), which func(K) row, young func(row) bool, do func(K) error) error {
	var errs faults
	for after := int64(0); ; {
		all, err := read(after)
		if err != nil {
			return errs.with(err)
		}
		for _, k := range all {
			row := which(k)
			if young(row) || len(errs) >= mostErrors {
				return errs.with(nil)
			}
			errs.add(row.thing, row.id, do(k))
			after = row.seq
		}
		if len(all) < page || ctx.Err() != nil {
			return errs.with(ctx.Err())
		}
	}
}

// faults are the errors of some arrivals or runs.
type faults []error

func (f *faults) add(what, id string, err error) {
	if err != nil {
		*f = append(*f, fmt.Errorf("%s: %w", strings.TrimSpace(what+" "+id), err))
	}
}

// with joins them with another error, if there is one.
func (f faults) with(err error) error { return errors.Join(append(f, err)...) }
