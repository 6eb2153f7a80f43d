package bench

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// BenchmarkOpenDeliveries measures what an agent does that has nothing to do but
// to wait for a destination that is down, with 10,000 deliveries to it. They are
// in the pauses between their tries, which are 10 minutes at the most, so that
// many of them are tried while it is measured.
func BenchmarkOpenDeliveries(b *testing.B) {
	const open = 10000
	const measured = 60 * time.Second
	s := queueSite(b, fakePlugin(b), inMemory(b), "{}")
	s.openDeliveries(b, open)
	s.start(b)
	time.Sleep(10 * time.Second) // what a start costs is not measured here
	begun := time.Now()
	before, _ := s.worked(b)
	time.Sleep(measured)
	after, _ := s.worked(b)
	share := side{what: fmt.Sprintf("processor time of an agent with %d open deliveries to a destination that is down", open), unit: "percent-of-a-core"}
	share.add(100 * (after - before).Seconds() / time.Since(begun).Seconds())
	s.stop()
	limit(b, share, promise{most: 2})
}

// openDeliveries fills the site's database with runs that have a delivery each,
// whose next tries are spread over the longest pause, while no agent runs.
func (s *site) openDeliveries(b *testing.B, n int) {
	b.Helper()
	host, port := closedPort(b)
	to := run.Destination{Host: host, Port: port, AETitle: "DOWN"}
	data := filepath.Join(s.dir, "data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		b.Fatal(err)
	}
	db, err := state.Open(b.Context(), filepath.Join(data, "state.db"))
	if err != nil {
		b.Fatal(err)
	}
	flows := s.flows(b)[:1]
	var arrivals errgroup.Group
	arrivals.SetLimit(64)
	for range n {
		arrivals.Go(func() error { return s.arrive(b, db, flows) })
	}
	if err := arrivals.Wait(); err != nil {
		b.Fatal(err)
	}
	runs, err := db.OpenRuns(b.Context(), 0, n)
	if err != nil {
		b.Fatal(err)
	}
	longest, now := 10*time.Minute, time.Now()
	for i, r := range runs {
		arrivals.Go(func() error {
			next := now.Add(longest * time.Duration(i) / time.Duration(n))
			return deliver(b, s, db, r, run.Delivery{Destination: to, NextTry: next, Since: db.Running()})
		})
	}
	if err := arrivals.Wait(); err != nil {
		b.Fatal(err)
	}
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
}

// deliver ends the only task of a run, with an output of one object, and leaves a
// delivery of it that was tried often.
func deliver(b *testing.B, s *site, db *state.DB, r state.OpenRun, d run.Delivery) error {
	ctx, now := b.Context(), time.Now()
	attempt := run.Attempt{ID: run.AttemptOf(r.ID, 0, 1), Run: r.ID, Number: 1, Executor: "fake", Intended: now}
	if err := db.Intend(ctx, attempt); err != nil {
		return err
	}
	output := filepath.Join(s.dir, "data", "runs", string(r.ID), "0-1", "out", "dst")
	if err := os.MkdirAll(output, 0o755); err != nil {
		return err
	}
	if err := os.Link(series[0], filepath.Join(output, "1.dcm")); err != nil {
		return err
	}
	r.Tasks[0].State = run.TaskSucceeded
	settlement := state.Settlement{
		Run: r.ID, At: now, Attempts: []run.Attempt{attempt}, Tasks: r.Tasks[:1], State: run.Sending, Deliveries: []run.Delivery{d},
	}
	if err := db.Settle(ctx, settlement); err != nil {
		return err
	}
	if err := db.SetRemoved(ctx, attempt.ID); err != nil {
		return err
	}
	deliveries, err := db.Deliveries(ctx, r.ID)
	if err != nil {
		return err
	}
	const tries = 8 // after which the pauses do not grow any more
	for range tries {
		if err := db.BeginTry(ctx, deliveries[0].ID); err != nil {
			return err
		}
		end := run.TryEnd{Delivery: deliveries[0].ID, State: run.DeliveryPending, Reason: "connection refused", Next: d.NextTry, At: now}
		if err := db.EndTry(ctx, end, nil); err != nil {
			return err
		}
	}
	return nil
}

// closedPort is an address on which nobody listens.
func closedPort(b *testing.B) (host string, port int) {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	host, text, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	port, err = strconv.Atoi(text)
	if err != nil {
		b.Fatal(err)
	}
	return host, port
}
