package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/access"
	"github.com/raddeploy/raddeploy/core/access/web"
	"github.com/raddeploy/raddeploy/core/api/events"
	"github.com/raddeploy/raddeploy/core/api/openapi"
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/operate"
	"github.com/raddeploy/raddeploy/core/picture"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
	"github.com/raddeploy/raddeploy/core/state"
)

// Sources are what a server's answers are made of.
type Sources struct {
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
	// Operator acts on rows and files.
	Operator *operate.Operator
	// Problems are what is broken of the agent itself, a line each; nil: nothing.
	Problems func() []string
	Copy     Copy
	Reload   Reloading
	Check    Checking
	Logger   hclog.Logger
	// Drawer draws pictures of the objects in Spool; nil: there are none.
	Drawer *picture.Drawer
	Spool  *spool.Spool

	// Recent are the last lines of the agent's log; nil: they are not kept.
	Recent func() []string

	Retention Retaining
	// Space is that of the disk; nil: nothing is said. Destinations are those that the
	// site names.
	Space        Space
	Destinations func() config.Destinations
	Peers        PeerSource
	Notifier     Notifying
	// Listeners are where the agent receives, and Certificates what it shows there
	// and to destinations. Nil: none.
	Listeners    func() []Listener
	Certificates func() []access.Certificate
}

// Server answers what can be asked of an agent, and has done what can be ordered.
// Its methods answer in Go; [Server.Handler] answers the same over HTTP.
type Server struct {
	from     Sources
	stream   *events.Stream
	received received
	drawn    drawn
}

// New returns a server.
func New(from Sources) *Server {
	return &Server{from: from, stream: events.NewStream(events.NewFeed(from.DB))}
}

// Handler returns the server's routes. Pages of other origins that a browser on
// this host shows cannot change anything.
func (s *Server) Handler() http.Handler {
	mux := web.NewMux()
	s.readRoutes(mux)
	s.actionRoutes(mux)
	return web.Named(web.SameOrigin(mux))
}

// readRoutes are those that change nothing.
func (s *Server) readRoutes(mux *web.Mux) {
	mux.HandleFunc("GET /v1/openapi.json", s.answer(func(*http.Request) (any, error) { return json.RawMessage(openapi.Document), nil }))
	mux.HandleFunc("GET /v1/status", s.answer(func(r *http.Request) (any, error) { return s.Status(r.Context()), nil }))
	mux.HandleFunc("GET /v1/health", s.health)
	mux.HandleFunc("GET /v1/overview", s.answer(func(r *http.Request) (any, error) { return s.Overview(r.Context()) }))
	mux.HandleFunc("GET /v1/executors", named(s, s.executorListing()))
	mux.HandleFunc("GET /v1/executors/{id}", s.answer(func(r *http.Request) (any, error) { return s.Executor(r.PathValue("id")) }))
	mux.HandleFunc("GET /v1/flows", named(s, s.flowListing()))
	mux.HandleFunc("GET /v1/flows/{id}", s.answer(func(r *http.Request) (any, error) { return s.Flow(r.PathValue("id")) }))
	mux.HandleFunc("GET /v1/tasks", list(s, taskQuery, s.Tasks))
	mux.HandleFunc("GET /v1/deliveries", list(s, deliveryQuery, s.Deliveries))
	mux.HandleFunc("GET /v1/destinations", named(s, s.destinationListing()))
	mux.HandleFunc("GET /v1/peers", named(s, s.peerListing()))
	mux.HandleFunc("GET /v1/commitments", s.answer(func(r *http.Request) (any, error) { return s.Commitments(r.Context()) }))
	mux.HandleFunc("GET /v1/arrivals", list(s, arrivalQuery, s.Arrivals))
	mux.HandleFunc("GET /v1/arrivals/{id}", s.answer(func(r *http.Request) (any, error) { return s.Arrival(r.Context(), r.PathValue("id")) }))
	mux.HandleFunc("GET /v1/runs", list(s, runQuery, s.Runs))
	mux.HandleFunc("POST /v1/runs/search", search(s, runQuery, s.Runs))
	mux.HandleFunc("GET /v1/runs/{id}", s.answer(func(r *http.Request) (any, error) { return s.Run(r.Context(), r.PathValue("id")) }))
	mux.HandleFunc("GET /v1/runs/{id}/logs", s.logs)
	mux.HandleFunc("GET /v1/runs/{id}/src", s.answer(func(r *http.Request) (any, error) { return s.Source(r.Context(), r.PathValue("id")) }))
	mux.HandleFunc("GET /v1/retention", s.answer(func(r *http.Request) (any, error) {
		asked := &values{from: r.URL.Query()}
		p := asked.paging()
		if err := asked.end(); err != nil {
			return nil, err
		}
		return s.Retention(r.Context(), p.Limit)
	}))
	mux.HandleFunc("GET /v1/notify", named(s, s.notifyListing()))
	mux.HandleFunc("GET /v1/notifications", s.answer(func(r *http.Request) (any, error) {
		asked := &values{from: r.URL.Query()}
		p := asked.paging()
		if err := asked.end(); err != nil {
			return nil, err
		}
		return s.Notifications(r.Context(), p.Limit)
	}))
	mux.HandleFunc("GET /v1/events", s.events)
	mux.HandleFunc("GET /v1/journal", list(s, journalQuery, s.Journal))
	mux.HandleFunc("GET /v1/audit", list(s, journalQuery, s.Audit))
	s.pictureRoutes(mux)
	s.tokenRoutes(mux)
	s.sessionRoutes(mux)
}

// answer makes a handler of a function that returns what is to be shown.
func (s *Server) answer(do func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		value, err := do(r)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		s.write(w, r, value)
	}
}

func (s *Server) write(w http.ResponseWriter, r *http.Request, value any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(value); err != nil && r.Context().Err() == nil {
		s.from.Logger.Debug("answer not written", "error", err)
	}
}
