package events

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/run"
)

// Event is an event as it is sent.
type Event struct {
	ID    int64     `json:"id"`
	Time  time.Time `json:"time"`
	Kind  run.Kind  `json:"kind"`
	Of    string    `json:"of"` // the id of what it is about; of a task its index
	State string    `json:"state"`
	Run   run.ID    `json:"run,omitempty"` // of a task or delivery
}

// Kinds of what is sent besides changes.
const (
	// Ready comes first: what changes from here on is sent.
	Ready = "ready"
	// Reset comes first to a reader that was away for too long: what changed
	// meanwhile is not known, and everything is to be looked at anew.
	Reset = "reset"
)

// Filter says which events a reader wants. Zero fields do not matter.
type Filter struct {
	Kinds []run.Kind
	Run   run.ID // it, its tasks and its deliveries
}

func (f Filter) wants(e *run.Event) bool {
	if len(f.Kinds) > 0 && !slices.Contains(f.Kinds, e.Kind) {
		return false
	}
	return f.Run == "" || e.Run == f.Run || e.Kind == run.OfRun && e.ID == string(f.Run)
}

// Stream sends events to readers as server-sent events.
type Stream struct {
	Feed *Feed
	// Pause is the shortest time between two writes to a reader: what changes in it
	// is sent at once. Heartbeat is the longest. Patience is how long a reader may
	// take for a write. Longest is after what time a reader has to ask again, and is
	// seen whether it still may.
	Pause, Heartbeat, Patience, Longest time.Duration
}

// NewStream returns a stream with the usual times.
func NewStream(feed *Feed) *Stream {
	return &Stream{Feed: feed, Pause: 100 * time.Millisecond, Heartbeat: 15 * time.Second, Patience: 10 * time.Second, Longest: 10 * time.Minute}
}

// Send sends the events that come after the one that was seen last, until the
// reader leaves, takes too long for it, or has to ask again. An error before the
// first byte is for the reader.
func (s *Stream) Send(w http.ResponseWriter, r *http.Request, seen int64, filter Filter) error {
	seq, reset, err := s.Feed.Begin(r.Context(), seen)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.Longest)
	defer cancel()
	to := &reader{to: w, controller: http.NewResponseController(w), patience: s.Patience}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // for proxies that would wait for more
	first := Ready
	if reset {
		first = Reset
	}
	fmt.Fprintf(&to.frames, "retry: 2000\nid: %d\nevent: %s\ndata: {}\n\n", seq, first)
	for to.flush() == nil {
		if seq, err = s.next(ctx, to, seq, filter); err != nil {
			return nil // nobody is there to be told; a reader that is asks again
		}
	}
	return nil
}

// next adds the next events to what is written to a reader, or a heartbeat.
func (s *Stream) next(ctx context.Context, to *reader, seq int64, filter Filter) (int64, error) {
	quiet := time.NewTimer(s.Heartbeat)
	defer quiet.Stop()
	for {
		found, changed, err := s.Feed.After(ctx, seq)
		if err != nil {
			return seq, err
		}
		for i := range found {
			seq = found[i].Seq
			if filter.wants(&found[i]) {
				to.add(&found[i])
			}
		}
		if to.frames.Len() > 0 {
			return seq, wake.Sleep(ctx, s.Pause)
		}
		select {
		case <-changed:
			if err := wake.Sleep(ctx, s.Pause); err != nil {
				return seq, err
			}
		case <-quiet.C:
			// It has the number of what was passed over, so that one who comes back
			// need not have it looked through again.
			fmt.Fprintf(&to.frames, ": still here\nid: %d\n\n", seq)
			return seq, nil
		case <-ctx.Done():
			return seq, ctx.Err()
		}
	}
}

// reader is one who is sent events.
type reader struct {
	to         http.ResponseWriter
	controller *http.ResponseController
	patience   time.Duration
	frames     bytes.Buffer
}

func (r *reader) add(e *run.Event) {
	data, err := json.Marshal(Event{ID: e.Seq, Time: e.At, Kind: e.Kind, Of: e.ID, State: e.State, Run: e.Run})
	if err != nil {
		return // not of texts and numbers
	}
	fmt.Fprintf(&r.frames, "id: %d\nevent: %s\ndata: %s\n\n", e.Seq, e.Kind, data)
}

// flush writes what was added.
func (r *reader) flush() error {
	if err := r.controller.SetWriteDeadline(time.Now().Add(r.patience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := r.frames.WriteTo(r.to); err != nil {
		return err
	}
	return r.controller.Flush()
}
