package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/scu"
	"github.com/raddeploy/raddeploy/core/state"
)

// retained is how many old objects are removed, unless
// RADDEPLOY_BENCH_RETENTION says otherwise.
const retained = 100_000

// BenchmarkRetention removes old objects, files and rows, while a peer sends new
// ones over one association. What a C-STORE takes longer than at an agent that
// has nothing to remove is bounded.
func BenchmarkRetention(b *testing.B) {
	n := retained
	if text := os.Getenv("RADDEPLOY_BENCH_RETENTION"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	for _, name := range []string{"FILES", "LOGS", "RUNS"} {
		b.Setenv("RADDEPLOY_RETENTION_"+name, "1d")
	}
	idle := makeSite(b, lastingDir(b), "", nil)
	settle()
	idle.start(b)
	without := idle.stores(b, func(sent int) bool { return sent >= study })
	idle.stop()

	s := makeSite(b, lastingDir(b), "", nil)
	s.old(b, n)
	settle()
	begun := time.Now()
	s.start(b)
	with := s.stores(b, func(int) bool { return s.nothingOld(b) })
	took := time.Since(begun)
	s.stop()

	delay := side{what: fmt.Sprintf("99th percentile of a C-STORE while %d objects are removed, beyond that without", n), unit: "ms"}
	delay.milliseconds(max(percentile(with, 99)-percentile(without, 99), 0))
	limit(b, delay, promise{most: 50})
	for name, all := range map[string][]time.Duration{"with": with, "without": without} {
		remark(fmt.Sprintf("%s retention, %d objects: median %v, 99th percentile %v, longest %v", name, len(all),
			percentile(all, 50), percentile(all, 99), percentile(all, 100)))
	}
	remark(fmt.Sprintf("%d objects were removed in %v, %.4g a second", n, took.Round(time.Second), float64(n)/took.Seconds()))
}

func percentile(all []time.Duration, percent int) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[(len(sorted)-1)*percent/100].Round(10 * time.Microsecond)
}

// old fills the site with n objects that came two days ago, while no agent runs.
func (s *site) old(b *testing.B, n int) {
	b.Helper()
	const each = 200 // objects of an arrival
	data := filepath.Join(s.dir, "data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		b.Fatal(err)
	}
	db, err := state.Open(b.Context(), filepath.Join(data, "state.db"))
	if err != nil {
		b.Fatal(err)
	}
	ctx, at := b.Context(), time.Now().Add(-48*time.Hour)
	for ; n > 0; n -= each {
		if err := oldArrival(b, db, filepath.Join(data, "objects"), min(n, each), at); err != nil {
			b.Fatal(err)
		}
	}
	// an agent has run before
	if err := db.SaveRetentionClock(ctx, run.RetentionClock{Began: at, Seen: time.Now()}); err != nil {
		b.Fatal(err)
	}
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
}

func oldArrival(b *testing.B, db *state.DB, objects string, n int, at time.Time) error {
	ctx := b.Context()
	arrival := run.Arrival{ID: run.NewArrivalID(), Opened: at, Sender: run.Sender{CallingAE: "SCANNER", CalledAE: "RADDEPLOY", Address: "127.0.0.1"}}
	if err := os.MkdirAll(filepath.Join(objects, string(arrival.ID)), 0o755); err != nil {
		return err
	}
	content := make([]byte, 16<<10)
	var all []run.Object
	for i := range n {
		o := run.Object{File: fmt.Sprintf("%s/%06d.dcm", arrival.ID, i+1), Modality: "CT", Size: int64(len(content)), Received: at}
		if err := os.WriteFile(filepath.Join(objects, o.File), content, 0o644); err != nil {
			return err
		}
		all = append(all, o)
	}
	if err := db.OpenArrival(ctx, arrival); err != nil {
		return err
	}
	complete := func(run.Content, func() (run.Tries, error)) (run.Closing, error) {
		return run.Closing{State: run.ArrivalComplete}, nil
	}
	if err := db.CloseArrival(ctx, arrival.ID, at, all, nil, complete); err != nil {
		return err
	}
	return db.SetMatched(ctx, run.Matching{Arrival: arrival.ID, State: run.ArrivalUnmatched, Explanation: []byte("[]")})
}

// stores sends objects one after the other until enough says so, and returns
// what each took.
func (s *site) stores(b *testing.B, enough func(sent int) bool) (took []time.Duration) {
	b.Helper()
	const some = 50 // objects of an association
	sender := &scu.Sender{Dialer: &dimse.Dialer{CallingAE: "SCANNER"}, Address: s.dicom}
	files := make([]scu.File, some)
	for i := range files {
		file, err := os.Open(series[i])
		if err != nil {
			b.Fatal(err)
		}
		files[i], err = scu.Identify(series[i], file)
		if err != nil {
			b.Fatal(err)
		}
		_ = file.Close() // it was read only
	}
	for deadline := time.Now().Add(5 * patience); !enough(len(took)); {
		if time.Now().After(deadline) {
			b.Fatalf("not done after %s", 5*patience)
		}
		var last time.Time // the first of an association waits for that, too
		err := sender.Send(b.Context(), files, scu.Report{Result: func(_ int, o scu.Outcome) error {
			now := time.Now()
			if !o.Sent {
				return fmt.Errorf("not stored: %s", o.Reason)
			}
			if !last.IsZero() {
				took = append(took, now.Sub(last))
			}
			last = now
			return nil
		}})
		if err != nil {
			b.Fatal(err)
		}
	}
	return took
}

// nothingOld reports whether nothing old is left, neither files nor rows.
func (s *site) nothingOld(b *testing.B) bool {
	b.Helper()
	f, err := s.Retention(b.Context(), 0)
	if err != nil {
		b.Fatal(err)
	}
	return len(f.Going) == 0 || f.Going[0].Ended != nil && time.Since(*f.Going[0].Ended) < 24*time.Hour
}
