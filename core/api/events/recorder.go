package events

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/run"
)

// Book is where events are recorded.
type Book interface {
	AddEvents(ctx context.Context, events []run.Event) error
	// DropEvents removes up to most of the oldest events that happened before a
	// time.
	DropEvents(ctx context.Context, before time.Time, most int) (int64, error)
}

// Recorder records what changes outside the database, and has events removed that
// are old. Its fields are set before Run.
type Recorder struct {
	Book Book
	// Executors and Flows return what there is by name: the state of each, and after
	// a space what else is a change.
	Executors, Flows func() map[string]string
	Interval         time.Duration // between two looks; 0: 2 seconds
	Keep             time.Duration // how long events are kept; 0: a day
	Logger           hclog.Logger
}

// dropped is how many events are removed in one commit at the most.
const dropped = 2000

// Run records until ctx ends.
func (r *Recorder) Run(ctx context.Context) error {
	interval, keep := r.Interval, r.Keep
	if interval <= 0 {
		interval = 2 * time.Second
	}
	if keep <= 0 {
		keep = 24 * time.Hour
	}
	known := map[run.Kind]map[string]string{}
	for {
		if err := r.look(ctx, known); err != nil && ctx.Err() == nil {
			r.Logger.Warn("events not recorded; trying again", "error", err)
		}
		if _, err := r.Book.DropEvents(ctx, time.Now().Add(-keep), dropped); err != nil && ctx.Err() == nil {
			r.Logger.Warn("old events not removed; trying again", "error", err)
		}
		if wake.Sleep(ctx, interval) != nil {
			return nil
		}
	}
}

// look records what is else than it is known. After a start, that is everything.
func (r *Recorder) look(ctx context.Context, known map[run.Kind]map[string]string) error {
	now := map[run.Kind]map[string]string{run.OfExecutor: r.Executors(), run.OfFlow: r.Flows()}
	var events []run.Event
	for _, kind := range []run.Kind{run.OfExecutor, run.OfFlow} {
		events = append(events, changes(kind, known[kind], now[kind])...)
	}
	if len(events) == 0 {
		return nil
	}
	if err := r.Book.AddEvents(ctx, events); err != nil {
		return err
	}
	maps.Copy(known, now)
	return nil
}

// Removed is the state of an executor or a flow that is not there any more.
const Removed = "removed"

func changes(kind run.Kind, before, now map[string]string) (events []run.Event) {
	at := time.Now()
	for _, id := range slices.Sorted(maps.Keys(now)) {
		if now[id] != before[id] {
			events = append(events, run.Event{At: at, Kind: kind, ID: id, State: word(now[id])})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(before)) {
		if _, there := now[id]; !there {
			events = append(events, run.Event{At: at, Kind: kind, ID: id, State: Removed})
		}
	}
	return events
}

// word is the state alone.
func word(state string) string {
	word, _, _ := strings.Cut(state, " ")
	return word
}
