package ui

import (
	"context"
	"net/http"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/access/web"
	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/flowfile"
)

// Pages serves the pages of one agent. It is made by [New].
type Pages struct {
	api    *api.Server
	flows  func() []*flowfile.Loaded
	logger hclog.Logger
	shows  *http.ServeMux // each page by its address, for the stream of its changes
	recent *recent
	shared shared
	told   told
}

// New returns pages about what an interface answers. Flows are those in force.
func New(from *api.Server, flows func() []*flowfile.Loaded, logger hclog.Logger) *Pages {
	return &Pages{api: from, flows: flows, logger: logger, shows: http.NewServeMux(), recent: newRecent(from), told: newTold()}
}

// Run keeps what the charts show, until ctx ends.
func (p *Pages) Run(ctx context.Context) error { return p.recent.run(ctx) }

// Handler returns the pages' routes.
func (p *Pages) Handler() http.Handler {
	mux := web.NewMux()
	for pattern, show := range map[string]show{
		"GET /ui/{$}":                     p.now,
		"GET /ui/runs":                    p.runs,
		"GET /ui/runs/{id}":               p.run,
		"GET /ui/arrivals":                p.arrivals,
		"GET /ui/arrivals/{id}":           p.arrival,
		"GET /ui/flows":                   p.flowList,
		"GET /ui/flows/{id}":              p.flow,
		"GET /ui/executors":               p.executors,
		"GET /ui/network":                 p.network,
		"GET /ui/audit":                   p.audit,
		"GET /ui/audit/all":               p.auditAll,
		"GET /ui/test":                    p.tester,
		"GET /ui/runs/{id}/{action}":      p.askRun,
		"GET /ui/arrivals/{id}/{action}":  p.askArrival,
		"GET /ui/flows/{id}/{action}":     p.askFlow,
		"GET /ui/executors/{id}/{action}": p.askExecutor,
		"GET /ui/destinations/{id}/check": p.askCheck,
		"GET /ui/notify/{id}/test":        p.askTest,
		"GET /ui/bulk":                    p.askBulk,
	} {
		handler := p.page(show)
		mux.Handle(pattern, handler)
		p.shows.Handle(pattern, handler)
	}
	for pattern, do := range map[string]http.HandlerFunc{
		"POST /ui/runs/{id}/{action}":      p.doRun,
		"POST /ui/arrivals/{id}/{action}":  p.doArrival,
		"POST /ui/flows/{id}/{action}":     p.doFlow,
		"POST /ui/executors/{id}/{action}": p.doExecutor,
		"POST /ui/destinations/{id}/check": p.doCheck,
		"POST /ui/notify/{id}/test":        p.doTest,
		"POST /ui/bulk":                    p.doBulk,
		"POST /ui/search":                  p.search,
		"POST /ui/test":                    p.try,
		"GET /ui/live":                     p.live,
		"GET /ui/runs/{id}/log":            p.log,
		"GET /ui/runs/{id}/follow":         p.follow,
		"GET /ui/runs/{id}/live":           p.liveOf,
		"GET /ui/arrivals/{id}/live":       p.liveOf,
		"GET /ui/static/{name}":            static,
		"GET /{$}":                         home,
	} {
		mux.HandleFunc(pattern, do)
	}
	return mux
}

func home(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "/ui/", http.StatusSeeOther)
}
