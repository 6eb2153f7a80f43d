package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/raddeploy/raddeploy/core/access/web"
	"github.com/raddeploy/raddeploy/core/run"
)

// Order is what an action is asked for with. All fields are optional unless the
// action says otherwise.
type Order struct {
	By   string `json:"by,omitempty"`   // who asks, for the journal
	From string `json:"from,omitempty"` // retry: the task, by name or index, from which on all is tried again
	To   string `json:"to,omitempty"`   // resend: the destination, by name or AE title
	Flow string `json:"flow,omitempty"` // rerun, which needs it: a name, or NAME@VERSION
	// Reason is why something is discarded, in the operator's words.
	Reason string `json:"reason,omitempty"`
}

// Entry is a row of the journal: an operator's action.
type Entry struct {
	ID      int64      `json:"id"`
	State   string     `json:"state"` // always "recorded": no entry ever changes
	Time    time.Time  `json:"time"`
	Action  run.Action `json:"action"`
	Thing   string     `json:"thing"` // what it was done to: "run", "arrival", "executor", "flow" or "site"
	Of      string     `json:"of"`    // the id of that
	Detail  string     `json:"detail,omitempty"`
	By      string     `json:"by,omitempty"` // as the request says
	Address string     `json:"address"`      // where the request came from
	Token   string     `json:"token,omitempty"`
}

func entryOf(e run.Entry) Entry {
	return Entry{
		ID: e.Seq, State: "recorded", Time: e.At, Action: e.Action, Thing: e.Thing, Of: e.ID, Detail: e.Detail,
		By: e.By.Name, Address: e.By.Address, Token: e.By.Token,
	}
}

// actionRoutes are the actions of operators. Each answers with how what it was
// done to is then.
func (s *Server) actionRoutes(mux *web.Mux) {
	mux.HandleFunc("GET /v1/journal", s.answer(s.journal))
	onRun := func(word string, do func(context.Context, run.ID, ask) error) {
		mux.HandleFunc("POST /v1/runs/{id}/"+word, s.answer(func(r *http.Request) (any, error) { return s.actOnRun(r, do) }))
	}
	onRun("cancel", func(ctx context.Context, id run.ID, a ask) error { return s.Operator.Cancel(ctx, id, a.by) })
	onRun("resend", func(ctx context.Context, id run.ID, a ask) error { return s.Operator.Resend(ctx, id, a.To, a.by) })
	onRun("retry", func(ctx context.Context, id run.ID, a ask) error { return s.Operator.Retry(ctx, id, a.From, a.by) })
	onRun("release", func(ctx context.Context, id run.ID, a ask) error { return s.Operator.ReleaseRun(ctx, id, a.by) })
	onRun("discard", func(ctx context.Context, id run.ID, a ask) error {
		return s.Operator.DiscardRun(ctx, id, a.Reason, a.by)
	})
	onArrival := func(word string, do func(context.Context, run.ArrivalID, ask) error) {
		mux.HandleFunc("POST /v1/arrivals/{id}/"+word, s.answer(func(r *http.Request) (any, error) { return s.actOnArrival(r, do) }))
	}
	onArrival("release", func(ctx context.Context, id run.ArrivalID, a ask) error { return s.Operator.Release(ctx, id, a.by) })
	onArrival("discard", func(ctx context.Context, id run.ArrivalID, a ask) error {
		return s.Operator.Discard(ctx, id, a.Reason, a.by)
	})
	onExecutor := func(word string, do func(context.Context, string, run.Actor) error) {
		mux.HandleFunc("POST /v1/executors/{id}/"+word, s.answer(func(r *http.Request) (any, error) { return s.actOnExecutor(r, do) }))
	}
	onExecutor("drain", func(ctx context.Context, name string, by run.Actor) error { return s.Operator.Drain(ctx, name, by) })
	onExecutor("undrain", func(ctx context.Context, name string, by run.Actor) error { return s.Operator.Undrain(ctx, name, by) })
	mux.HandleFunc("POST /v1/runs/{id}/rerun", s.rerun(s.arrivalOfRun))
	mux.HandleFunc("POST /v1/arrivals/{id}/rerun", s.rerun(s.arrivalNamed))
}

func (s *Server) actOnArrival(r *http.Request, do func(context.Context, run.ArrivalID, ask) error) (any, error) {
	a, err := asked(r)
	if err != nil {
		return nil, err
	}
	found, err := s.arrivalNamed(r)
	if err != nil {
		return nil, err
	}
	if err := do(r.Context(), found.ID, a); err != nil {
		return nil, err
	}
	found, err = s.DB.Arrival(r.Context(), string(found.ID))
	return arrivalOf(found, s.waits(r.Context(), found)), err
}

func (s *Server) actOnExecutor(r *http.Request, do func(context.Context, string, run.Actor) error) (any, error) {
	a, err := asked(r)
	if err != nil {
		return nil, err
	}
	name := r.PathValue("id")
	if err := do(r.Context(), name, a.by); err != nil {
		return nil, err
	}
	return s.executorNamed(name), nil
}

// rerun makes a run of a flow on the arrival that find returns.
func (s *Server) rerun(find func(*http.Request) (run.Arrival, error)) http.HandlerFunc {
	return s.answer(func(r *http.Request) (any, error) {
		a, err := asked(r)
		if err != nil {
			return nil, err
		}
		if a.Flow == "" {
			return nil, &badRequest{"rerun needs the name of a flow"}
		}
		arrival, err := find(r)
		if err != nil {
			return nil, err
		}
		id, err := s.Operator.Rerun(r.Context(), arrival, a.Flow, a.by)
		if err != nil {
			return nil, err
		}
		made, err := s.DB.Run(r.Context(), string(id))
		return runOf(made), err
	})
}

func (s *Server) arrivalNamed(r *http.Request) (run.Arrival, error) {
	return s.DB.Arrival(r.Context(), r.PathValue("id"))
}

// arrivalOfRun is the arrival that a run works on.
func (s *Server) arrivalOfRun(r *http.Request) (run.Arrival, error) {
	found, err := s.DB.Run(r.Context(), r.PathValue("id"))
	if err != nil {
		return run.Arrival{}, err
	}
	return s.DB.Arrival(r.Context(), string(found.Arrival))
}

// ask is an order, and who gives it.
type ask struct {
	Order
	by run.Actor
}

func (s *Server) actOnRun(r *http.Request, do func(context.Context, run.ID, ask) error) (any, error) {
	a, err := asked(r)
	if err != nil {
		return nil, err
	}
	found, err := s.DB.Run(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if err := do(r.Context(), found.ID, a); err != nil {
		return nil, err
	}
	found, err = s.DB.Run(r.Context(), string(found.ID))
	return runOf(found), err
}

// longestName is how many characters of who asks are taken, and longestReason
// of why.
const (
	longestName   = 64
	longestReason = 500
)

// line reports whether a text is one line of at most so many characters.
func line(text string, most int) bool {
	return utf8.RuneCountInString(text) <= most && !strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) })
}

// asked reads an order. None is an empty one.
func asked(r *http.Request) (a ask, err error) {
	body := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 64<<10))
	body.DisallowUnknownFields()
	if err := body.Decode(&a.Order); err != nil && !errors.Is(err, io.EOF) {
		return a, &badRequest{"order: " + err.Error()}
	}
	if !line(a.By, longestName) || !line(a.Reason, longestReason) {
		return a, &badRequest{fmt.Sprintf("by has at most %d printable characters, and reason %d", longestName, longestReason)}
	}
	if a.by = web.Who(r); a.by.Name == "" {
		a.by.Name = a.By
	}
	return a, nil
}

func (s *Server) journal(r *http.Request) (any, error) {
	n, err := limit(r)
	if err != nil {
		return nil, err
	}
	entries, err := s.DB.Journal(r.Context(), n)
	return convert(entries, entryOf), err
}
