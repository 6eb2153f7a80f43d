package api

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/api/events"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk/suggest"
)

// Event says that something is new, or is in another state than before.
type Event = events.Event

// EventQuery says which events are wanted. Zero fields do not matter.
type EventQuery struct {
	Kinds []run.Kind
	Run   run.ID // it, its tasks and its deliveries
	After int64  // the event that was seen last; 0: what happens from now on
}

func eventQuery(v *values) EventQuery {
	q := EventQuery{Run: run.ID(v.text("run"))}
	for _, word := range v.words("kind") {
		if !slices.Contains(run.Kinds(), run.Kind(word)) {
			names := convert(run.Kinds(), func(k run.Kind) string { return string(k) })
			v.complain("kind %q is unknown: %s", word, suggest.Hint(word, names, "the kinds are "+strings.Join(names, ", ")))
		}
		q.Kinds = append(q.Kinds, run.Kind(word))
	}
	if text := v.text("after"); text != "" {
		seq, err := strconv.ParseInt(text, 10, 64)
		if err != nil || seq < 0 {
			v.complain("after %q is not the id of an event", text)
		}
		q.After = seq
	}
	return q
}

// lastEvent is the header by which a browser says which event it saw last.
const lastEvent = "Last-Event-ID"

func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	asked := &values{from: r.URL.Query()}
	if seen := r.Header.Get(lastEvent); seen != "" {
		asked.from.Set("after", seen)
	}
	q := eventQuery(asked)
	err := asked.end()
	if err == nil {
		err = s.stream.Send(w, r, q.After, events.Filter{Kinds: q.Kinds, Run: q.Run})
	}
	if err != nil {
		s.refuse(w, r, err)
	}
}

// RunEvents records what changes outside the database, executors and flows, as
// events, until ctx ends.
func (s *Server) RunEvents(ctx context.Context) error {
	recorder := events.Recorder{Book: s.from.DB, Logger: s.from.Logger, Executors: s.executorStates, Flows: s.flowStates}
	return recorder.Run(ctx)
}

func (s *Server) executorStates() map[string]string {
	states := map[string]string{}
	for _, e := range s.Executors() {
		states[e.ID] = e.State + " " + e.Message
	}
	return states
}

func (s *Server) flowStates() map[string]string {
	states := map[string]string{}
	for _, f := range s.Flows() {
		states[f.ID] = fmt.Sprint(f.State, " ", f.Digest, f.Stale, f.Problems)
	}
	return states
}

// Events emits events as they come, until ctx ends, emit returns an error or the
// agent breaks off: then the next call goes on, with the id of the last event as
// q.After. The first one is of kind "ready" or, if what came after q.After is not
// known any more, "reset".
func (c *Client) Events(ctx context.Context, q EventQuery, emit func(Event) error) error {
	v := url.Values{}
	for _, kind := range q.Kinds {
		v.Add("kind", string(kind))
	}
	set(v, "run", string(q.Run))
	if q.After > 0 {
		v.Set("after", strconv.FormatInt(q.After, 10))
	}
	body, err := c.open(ctx, "/v1/events?"+v.Encode())
	if err != nil {
		return err
	}
	defer body.Close()
	var event Event
	lines := bufio.NewScanner(body)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), ":") {
			continue // a heartbeat
		}
		field, value, _ := strings.Cut(lines.Text(), ": ")
		switch field {
		case "id":
			event.ID, err = strconv.ParseInt(value, 10, 64)
		case "event":
			event.Kind = run.Kind(value)
		case "data":
			err = json.Unmarshal([]byte(value), &event)
		case "":
			if event.Kind != "" {
				err = emit(event)
			}
			event = Event{ID: event.ID}
		}
		if err != nil {
			return err
		}
	}
	return lines.Err()
}
