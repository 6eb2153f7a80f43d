package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/access"
	"github.com/raddeploy/raddeploy/core/access/web"
	"github.com/raddeploy/raddeploy/core/datafolder"
	"github.com/raddeploy/raddeploy/core/flowset"
	"github.com/raddeploy/raddeploy/core/operate"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// Server answers requests.
type Server struct {
	Agent Agent
	DB    *state.DB
	// Log is the file of one stream of an attempt (see package logs).
	Log   func(a run.Attempt, stream string) string
	Doing func(run.AttemptID) string // what a running attempt does at the moment
	// the files of a run's src, by their paths below it; none when they are not
	// there any more
	Source func(run.ID) []string
	// Waits says what an arrival waits for; nil: nothing is said.
	Waits func(context.Context, run.Arrival) []string
	Flows Flows
	Fleet Fleet
	// Operator acts for those who ask.
	Operator *operate.Operator
	// Problems are what is broken of the agent itself, a line each; nil: nothing.
	Problems func() []string
	Copy     Copy
	Reload   Reload
	Check    CheckDestination
	Logger   hclog.Logger

	Retention Retention
	Peers     Peers
	// Listeners are where the agent receives, and Certificates what it shows there
	// and to destinations. Nil: none.
	Listeners    func() []Listener
	Certificates func() []access.Certificate
}

// Handler returns the server's handler. Pages of other origins that a browser
// on this host shows cannot change anything.
func (s *Server) Handler() http.Handler {
	mux := web.NewMux()
	mux.HandleFunc("GET /v1/status", s.answer(s.status))
	mux.HandleFunc("GET /v1/health", s.health)
	mux.HandleFunc("POST /v1/backup", s.backup)
	mux.HandleFunc("POST /v1/reload", s.reload)
	mux.HandleFunc("POST /v1/destinations/{name}/check", s.answer(s.checkDestination))
	mux.HandleFunc("GET /v1/executors", s.answer(s.executors))
	mux.HandleFunc("GET /v1/peers", s.answer(s.peers))
	mux.HandleFunc("GET /v1/arrivals", s.answer(s.arrivals))
	mux.HandleFunc("GET /v1/arrivals/{id}", s.answer(s.arrival))
	mux.HandleFunc("GET /v1/runs", s.answer(s.runs))
	mux.HandleFunc("GET /v1/runs/{id}", s.answer(s.run))
	mux.HandleFunc("GET /v1/runs/{id}/logs", s.logs)
	mux.HandleFunc("GET /v1/runs/{id}/src", s.answer(s.source))
	mux.HandleFunc("GET /v1/retention", s.answer(s.retention))
	s.flowRoutes(mux)
	s.actionRoutes(mux)
	return http.NewCrossOriginProtection().Handler(mux)
}

// answer makes a handler of a function that returns what is to be shown.
func (s *Server) answer(do func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		value, err := do(r)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(value); err != nil && r.Context().Err() == nil {
			s.Logger.Debug("answer not written", "error", err)
		}
	}
}

func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	code := http.StatusInternalServerError
	var bad *badRequest
	var conflict *flowset.ConflictError
	var moved *run.StateError
	var refused *operate.Refusal
	switch {
	case errors.Is(err, state.ErrNotFound), errors.Is(err, flowset.ErrNotFound), errors.Is(err, access.ErrNoDestination):
		code = http.StatusNotFound
	case errors.As(err, &conflict), errors.As(err, &moved), errors.As(err, &refused), errors.Is(err, datafolder.ErrCopying):
		code = http.StatusConflict
	case errors.Is(err, datafolder.ErrNoRoom):
		code = http.StatusInsufficientStorage
	case errors.As(err, new(*unusable)):
		code = http.StatusUnprocessableEntity
	case errors.As(err, &bad):
		code = http.StatusBadRequest
	default:
		s.Logger.Error("request not answered", "method", r.Method, "route", r.Pattern, "error", err)
	}
	http.Error(w, err.Error(), code)
}

type badRequest struct{ what string }

func (e *badRequest) Error() string { return e.what }

// listed is how many things a list shows unless it is asked for more.
const listed = 200

func limit(r *http.Request) (int, error) {
	text := r.URL.Query().Get("limit")
	if text == "" {
		return listed, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, &badRequest{"limit " + strconv.Quote(text) + " is not a positive number"}
	}
	return n, nil
}

func (s *Server) arrivals(r *http.Request) (any, error) {
	n, err := limit(r)
	if err != nil {
		return nil, err
	}
	arrivals, err := s.DB.Arrivals(r.Context(), n)
	return convert(arrivals, func(a run.Arrival) Arrival { return arrivalOf(a, s.waits(r.Context(), a)) }), err
}

func (s *Server) waits(ctx context.Context, a run.Arrival) []string {
	if s.Waits == nil {
		return nil
	}
	return s.Waits(ctx, a)
}

func (s *Server) arrival(r *http.Request) (any, error) {
	found, err := s.DB.Arrival(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	arrival := arrivalOf(found, s.waits(r.Context(), found))
	if arrival.Explanation, err = s.DB.Explanation(r.Context(), found.ID); err != nil {
		return nil, err
	}
	entries, err := s.DB.JournalOf(r.Context(), found.State.Thing(), string(found.ID))
	if err != nil {
		return nil, err
	}
	arrival.Journal = convert(entries, entryOf)
	runs, err := s.DB.RunsOf(r.Context(), found.ID)
	arrival.Runs = convert(runs, runOf)
	return arrival, err
}

func (s *Server) runs(r *http.Request) (any, error) {
	n, err := limit(r)
	if err != nil {
		return nil, err
	}
	runs, err := s.DB.Runs(r.Context(), n)
	return convert(runs, runOf), err
}

func (s *Server) run(r *http.Request) (any, error) {
	found, err := s.DB.Run(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	shown := runOf(found)
	shown.Definition = found.Definition
	entries, err := s.DB.JournalOf(r.Context(), found.State.Thing(), string(found.ID))
	if err != nil {
		return nil, err
	}
	shown.Journal = convert(entries, entryOf)
	if shown.Tasks, err = s.tasks(r.Context(), found.ID); err != nil {
		return nil, err
	}
	deliveries, err := s.DB.Deliveries(r.Context(), found.ID)
	if err != nil {
		return nil, err
	}
	for _, delivery := range deliveries {
		objects, _, err := s.DB.DeliveryObjects(r.Context(), delivery.ID)
		if err != nil {
			return nil, err
		}
		shown.Deliveries = append(shown.Deliveries, deliveryOf(delivery, objects))
	}
	return shown, nil
}

func (s *Server) source(r *http.Request) (any, error) {
	found, err := s.DB.Run(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return append([]string{}, s.Source(found.ID)...), nil
}

func (s *Server) tasks(ctx context.Context, id run.ID) ([]Task, error) {
	tasks, err := s.DB.Tasks(ctx, id)
	if err != nil {
		return nil, err
	}
	attempts, err := s.DB.Attempts(ctx, id)
	if err != nil {
		return nil, err
	}
	shown := convert(tasks, func(t run.Task) Task {
		shown := Task{Index: t.Index, Name: t.Name, State: t.State, Reason: t.Reason, Attempts: []Attempt{}}
		if t.State == run.TaskPending {
			shown.NextTry = when(t.NextTry)
		}
		return shown
	})
	for _, attempt := range attempts {
		task := &shown[attempt.Task]
		task.Attempts = append(task.Attempts, attemptOf(attempt, s.Doing(attempt.ID)))
	}
	return shown, nil
}
