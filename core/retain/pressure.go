package retain

import (
	"context"
	"slices"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// candidate is what may go before its age when the disk is short.
type candidate struct {
	end    time.Time
	remove func(context.Context) error
}

// pressed removes finished files before their age, oldest first, until twice
// the reserve is free.
func (r *Retainer) pressed(ctx context.Context, clock clockNow) error {
	short, err := r.isShort()
	if err != nil || !short {
		r.short = false
		return err
	}
	candidates, err := r.candidates(ctx, clock)
	if err != nil {
		return err
	}
	var errs faults
	for i, c := range candidates {
		errs.add("make room", "", c.remove(ctx))
		if short, err = r.isShort(); err != nil || !short || ctx.Err() != nil || len(errs) >= mostErrors {
			r.Logger.Info("the disk is short: finished files went before their age", "removed", i+1, "enough", !short)
			return errs.with(err)
		}
	}
	if !r.short {
		r.short = true
		r.Logger.Warn("the disk is within twice its reserve, and no file may go before its age",
			"reserve_bytes", r.Reserve.Bytes(), "removed", len(candidates), "files_min", r.Limits.FilesMin.String())
	}
	return errs.with(nil)
}

func (r *Retainer) isShort() (bool, error) {
	missing, err := r.Reserve.Missing(2)
	return missing > 0, err
}

// candidates are the files that may go when the disk is short, the oldest first;
// of one age those of runs, which need the objects.
func (r *Retainer) candidates(ctx context.Context, clock clockNow) ([]candidate, error) {
	var all []candidate
	least := r.Limits.FilesMin
	err := r.eachRun(ctx, clock, run.RemoveOutputs, least, func(k run.KeptRun) error {
		if clock.dueEarly(k, least) {
			all = append(all, candidate{runEnd(k), func(ctx context.Context) error {
				return r.removeOutputs(ctx, k, func(k run.KeptRun) bool { return clock.dueEarly(k, least) })
			}})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = r.eachArrival(ctx, clock, run.RemoveObjects, least, func(a run.KeptArrival) error {
		if clock.dueObjectsEarly(a, least) {
			all = append(all, candidate{arrivalEnd(a), func(ctx context.Context) error {
				return r.removeObjectsOf(ctx, a, func(a run.KeptArrival) bool { return clock.dueObjects(a, least) })
			}})
		}
		return nil
	})
	slices.SortStableFunc(all, func(a, b candidate) int { return a.end.Compare(b.end) })
	return all, err
}
