package conformance

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// run is one run of the suite: its cases, its folders, and the plugin process
// that the cases share.
type run struct {
	Suite
	cases       []Case
	dir         string // with symlinks resolved
	id          string // in every name that the run gives
	counter     atomic.Int64
	description sdk.Description
	clock       *clock
	away        error // why the cases that need the backend cannot be asked; nil: it works
	slots       int   // attempts that the plugin says it may be handed at once; 0: any number

	mu     sync.Mutex
	shared *house
	left   []string // what could not be cleaned up
	stuck  []string // what Stop did not end, in whole sentences

	offers offers
}

// begin launches the plugin and waits until its backend is healthy. If it does
// not get so, away says why.
func (s Suite) begin(ctx context.Context) (*run, error) {
	r := &run{Suite: s.withDefaults(), id: randomID(), clock: newClock(s.crowd)}
	for _, c := range Cases() {
		if s.Only == nil || s.Only.MatchString(c.Name) {
			r.cases = append(r.cases, c)
		}
	}
	dir, err := os.MkdirTemp(s.Dir, "raddeploy-conformance-")
	if err != nil {
		return nil, err
	}
	if r.dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, err
	}
	for _, folder := range []string{"data", "outside"} {
		if err := os.Mkdir(filepath.Join(r.dir, folder), 0o755); err != nil {
			return nil, err
		}
	}
	if err := os.Chmod(r.dir, 0o755); err != nil { // tasks may run as another user
		return nil, err
	}
	shared, err := r.open(ctx, r.newHouse("shared"))
	if err != nil {
		r.close()
		return nil, err
	}
	r.shared, r.description = shared, shared.client.Description()
	r.away = r.awaitHealth(ctx)
	return r, nil
}

// awaitHealth waits for a healthy backend. A plugin that does not tell its
// health is left to the cases that ask for that.
func (r *run) awaitHealth(ctx context.Context) error {
	ctx, cancel := r.clock.within(ctx, r.Patience)
	defer cancel()
	var now sdk.Fingerprint
	_ = r.shared.client.Fingerprint(ctx, func(f sdk.Fingerprint) error {
		if now = f; f.Health == sdk.Healthy {
			return errEnough
		}
		return nil
	})
	if now.Health != 0 && now.Health != sdk.Healthy {
		return fmt.Errorf("the plugin %s says that its backend is %s: %s: most of the suite needs one that works", r.description.Name, now.Health, now.Message)
	}
	r.slots = max(0, now.Slots)
	return nil
}

// beside is how many cases run at once: never more than the plugin says that it
// may be handed tasks.
func (r *run) beside() int {
	if r.slots > 0 {
		return min(r.Parallel, r.slots)
	}
	return r.Parallel
}

// all runs the cases.
func (r *run) all(ctx context.Context, report func(Result)) {
	var mu sync.Mutex
	one := func(c Case) {
		result := r.one(ctx, c)
		mu.Lock()
		defer mu.Unlock()
		report(result)
	}
	var working sync.WaitGroup
	seats := make(chan struct{}, r.beside())
	for _, c := range r.cases {
		if c.place == together {
			seats <- struct{}{}
			working.Go(func() {
				defer func() { <-seats }()
				one(c)
			})
		}
	}
	working.Wait()
	for _, turn := range []place{alone, last} {
		for _, c := range r.cases {
			if c.place == turn {
				one(c)
			}
		}
	}
}

func (r *run) one(ctx context.Context, c Case) Result {
	if r.away != nil && !c.bare {
		return Result{Case: c, State: NotAsked, Findings: []string{"there is no backend that works"}}
	}
	began := time.Now()
	t := &trial{name: c.Name, run: r, ctx: ctx, marks: map[*tail]int64{}}
	done := make(chan struct{})
	go func() { // of its own, so that a case can be broken off
		defer close(done)
		defer func() {
			if panicked := recover(); panicked != nil {
				t.fail("the case itself panicked: %v\n%s", panicked, debug.Stack())
			}
		}()
		if err := ctx.Err(); err != nil {
			t.fatal("it was not run: %v", err)
		}
		if t.home = r.home(t); t.home != nil {
			t.marks[t.home.log] = t.home.log.mark()
			c.test(t)
		}
	}()
	<-done
	if len(t.findings) > 0 {
		t.noteQueued()
	}
	result := Result{Case: c, State: Passed, Findings: t.findings, Took: time.Since(began)}
	switch {
	case t.lacks != "" && c.Required && len(t.findings) == 0:
		result.State, result.Findings = Failed, []string{"every executor must do this, and this one says that it does not: " + t.lacks}
	case len(t.findings) > 0:
		result.State = Failed
	case t.lacks != "":
		result.State, result.Findings = NotOffered, []string{t.lacks}
	case t.unasked != "":
		result.State, result.Findings = NotAsked, []string{t.unasked}
	}
	if result.State == Failed {
		result.Logs = t.logs()
	}
	t.clean()
	return result
}

// home is the house that cases share. If its plugin has died, another is launched.
func (r *run) home(t *trial) *house {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.shared.ended() {
		again, err := r.open(t.ctx, r.shared)
		if err != nil {
			t.fail("the plugin had ended, and could not be launched again: %v", err)
			return nil
		}
		r.shared = again
	}
	return r.shared
}

func (r *run) leave(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left = append(r.left, fmt.Sprintf(format, args...))
}

func (r *run) stick(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stuck = append(r.stuck, fmt.Sprintf(format, args...))
}

func (r *run) close() {
	if r.shared != nil {
		_ = r.shared.client.Close()
	}
	_ = os.RemoveAll(r.dir)
}

// number makes names unique in the run.
func (r *run) number() int64 { return r.counter.Add(1) }
