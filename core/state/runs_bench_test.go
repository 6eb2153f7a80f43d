package state

import (
	"context"
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/raddeploy/raddeploy/core/run"
)

// BenchmarkRuns takes 200 runs of one task each from their arrival to their end, 50 at
// once, and tells the processor time a task: the rows alone, without an executor.
func BenchmarkRuns(b *testing.B) {
	const runs, atOnce = 200, 50
	db, err := Open(b.Context(), filepath.Join(b.TempDir(), "state.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	ctx := context.Background()
	before := processorTime(b)
	for b.Loop() {
		arrival := run.NewArrivalID()
		err := db.OpenArrival(ctx, run.Arrival{ID: arrival, Opened: time.Now()})
		if err == nil {
			err = db.CloseArrival(ctx, arrival, time.Now(), nil, nil, to(run.ArrivalComplete))
		}
		m := run.Matching{Arrival: arrival, State: run.ArrivalMatched}
		for i := range runs {
			m.Runs = append(m.Runs, run.Run{
				ID: run.NewID(), Flow: fmt.Sprint("flow", i), Digest: fmt.Sprint(i), Created: time.Now(), Definition: []byte("{}"), Objects: []int64{1},
			})
			m.Tasks = append(m.Tasks, []string{"seg"})
		}
		if err == nil {
			err = db.SetMatched(ctx, m)
		}
		var tasks errgroup.Group
		tasks.SetLimit(atOnce)
		for _, r := range m.Runs {
			tasks.Go(func() error { return oneTask(ctx, db, r.ID) })
		}
		if end := tasks.Wait(); err != nil || end != nil {
			b.Fatal(err, end)
		}
	}
	b.ReportMetric((processorTime(b)-before).Seconds()*1e6/float64(b.N*runs), "cpu-µs/task")
}

func oneTask(ctx context.Context, db *DB, id run.ID) error {
	a := run.Attempt{ID: run.AttemptOf(id, 0, 1), Run: id, Number: 1, Executor: "fake", Intended: time.Now()}
	if err := db.Intend(ctx, a); err != nil {
		return err
	}
	err := db.Settle(ctx, Settlement{
		Run: id, At: time.Now(), Attempts: []run.Attempt{a}, Tasks: []run.Task{{State: run.TaskSucceeded}}, State: run.Done,
	})
	if err != nil {
		return err
	}
	return db.SetRemoved(ctx, a.ID)
}

// processorTime is what this process has used.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
