package web

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/run"
)

// The journal has so many entries of what was refused in such a time: of one who
// asks, of all who prove who they are, and of all others. The rest is counted, and
// has one entry for each of them when the time is over.
const (
	refusalsOfOne  = 20
	refusalsOfAll  = 300
	refusalsWithin = 10 * time.Minute
)

// refusals keeps those who are refused from filling the disk. The zero value is
// ready.
type refusals struct {
	mu sync.Mutex
	of map[refusing]*refused
}

// refusing is who is refused; without a name, all of them.
type refusing struct {
	proven bool
	name   string
}

type refused struct {
	count int
	more  int       // of count, those that the journal has no entry of
	last  run.Entry // of these
	until time.Time
}

// refusingOf is who an entry is about: a token or a person, or else the address.
func refusingOf(by run.Actor) refusing {
	if by.Known.Proven() {
		return refusing{true, string(by.Known) + " " + by.Token + " " + by.Name}
	}
	return refusing{false, network(by.Address)}
}

// admit reports whether an entry is to be recorded. One that is not is counted.
func (f *refusals) admit(e run.Entry) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.of == nil {
		f.of = map[refusing]*refused{}
	}
	key := refusingOf(e.By)
	all := f.window(refusing{proven: key.proven}, e.At)
	if all.count >= refusalsOfAll {
		if one, known := f.of[key]; known && one.count >= refusalsOfOne {
			one.add(e)
		} else {
			all.add(e)
		}
		return false
	}
	one := f.window(key, e.At)
	if one.count >= refusalsOfOne {
		one.add(e)
		return false
	}
	one.count++
	all.count++
	return true
}

func (f *refusals) window(key refusing, now time.Time) *refused {
	if f.of[key] == nil {
		f.of[key] = &refused{until: now.Add(refusalsWithin)}
	}
	return f.of[key]
}

func (r *refused) add(e run.Entry) { r.count, r.more, r.last = r.count+1, r.more+1, e }

// over forgets what is over, and returns the entries about what was only counted.
func (f *refusals) over(now time.Time) (entries []run.Entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for key, r := range f.of {
		if now.Before(r.until) {
			continue
		}
		delete(f.of, key)
		if r.more == 0 {
			continue
		}
		e := run.Entry{At: now, Action: run.Ask, Thing: "site", Result: run.WasRefused, By: r.last.By}
		e.Detail = fmt.Sprintf("%d more were refused, the last at %s: %s of %s", r.more, r.last.At.Format(time.TimeOnly), r.last.Action, r.last.Thing)
		if key.name == "" {
			e.By, e.Detail = run.Actor{}, e.Detail+", of several who asked"
		}
		entries = append(entries, e)
	}
	return entries
}

// Run records how much was refused that has no entry of its own, until ctx ends.
func (g *Guard) Run(ctx context.Context) error {
	for wake.Sleep(ctx, 10*time.Second) == nil {
		g.recordOver(ctx, time.Now())
	}
	g.recordOver(context.WithoutCancel(ctx), time.Now().Add(refusalsWithin))
	return nil
}

func (g *Guard) recordOver(ctx context.Context, now time.Time) {
	for _, e := range g.refusals.over(now) {
		e.At = time.Now()
		if err := g.Store.Record(ctx, e); err != nil {
			g.Logger.Error("not recorded in the journal", "action", e.Action, "result", e.Result, "error", err)
		}
	}
}
