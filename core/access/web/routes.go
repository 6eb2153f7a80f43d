package web

import "github.com/raddeploy/raddeploy/core/run"

// Route is a row of the table: who may ask for what.
type Route struct {
	Pattern string   // as [http.ServeMux] reads it
	Role    run.Role // the least that may
}

// Anybody is the role of routes that the guard answers itself, to whoever asks.
const Anybody run.Role = ""

// Routes is the one table of all that can be asked for over HTTP. What has no row
// is not served.
var Routes = []Route{
	{"GET /login", Anybody},
	{"GET /login/style.css", Anybody},
	{"GET /login/provider", Anybody},
	{"GET /login/provider/back", Anybody},
	{"POST /login", Anybody},
	{"POST /logout", Anybody},

	{"GET /metrics", run.Viewer},

	{"GET /v1/openapi.json", run.Viewer},
	{"GET /v1/status", run.Viewer},
	{"GET /v1/health", run.Viewer},
	{"GET /v1/overview", run.Viewer},
	{"GET /v1/executors", run.Viewer},
	{"GET /v1/executors/{id}", run.Viewer},
	{"GET /v1/tasks", run.Viewer},
	{"GET /v1/deliveries", run.Viewer},
	{"GET /v1/destinations", run.Viewer},
	{"GET /v1/peers", run.Viewer},
	{"GET /v1/commitments", run.Viewer},
	{"GET /v1/arrivals", run.Viewer},
	{"GET /v1/arrivals/{id}", run.Viewer},
	{"GET /v1/runs", run.Viewer},
	{"POST /v1/runs/search", run.Viewer},
	{"GET /v1/runs/{id}", run.Viewer},
	{"GET /v1/runs/{id}/logs", run.Viewer},
	{"GET /v1/runs/{id}/src", run.Viewer},
	{"GET /v1/flows", run.Viewer},
	{"GET /v1/flows/{id}", run.Viewer},
	{"GET /v1/retention", run.Viewer},
	{"GET /v1/journal", run.Viewer},
	{"GET /v1/notifications", run.Viewer},
	{"GET /v1/notify", run.Viewer},
	{"GET /v1/events", run.Viewer},

	{"GET /v1/arrivals/{id}/pictures", run.Operator},
	{"GET /v1/arrivals/{id}/pictures/{series}/{slice}", run.Operator},
	{"GET /v1/runs/{id}/pictures", run.Operator},
	{"GET /v1/runs/{id}/pictures/{series}/{slice}", run.Operator},

	{"POST /v1/arrivals/{id}/release", run.Operator},
	{"POST /v1/arrivals/{id}/discard", run.Operator},
	{"POST /v1/arrivals/{id}/rerun", run.Operator},
	{"POST /v1/runs/{id}/cancel", run.Operator},
	{"POST /v1/runs/{id}/retry", run.Operator},
	{"POST /v1/runs/{id}/resend", run.Operator},
	{"POST /v1/runs/{id}/rerun", run.Operator},
	{"POST /v1/runs/{id}/release", run.Operator},
	{"POST /v1/runs/{id}/discard", run.Operator},
	{"POST /v1/flows/{id}/enable", run.Operator},
	{"POST /v1/flows/{id}/disable", run.Operator},
	{"POST /v1/executors/{id}/drain", run.Operator},
	{"POST /v1/executors/{id}/undrain", run.Operator},
	{"POST /v1/destinations/{id}/check", run.Operator},
	{"POST /v1/notify/{id}/test", run.Operator},

	{"GET /v1/audit", run.Admin},
	{"GET /v1/tokens", run.Admin},
	{"POST /v1/tokens", run.Admin},
	{"POST /v1/tokens/{id}/revoke", run.Admin},
	{"GET /v1/sessions", run.Admin},
	{"POST /v1/sessions/{id}/end", run.Admin},
	{"POST /v1/reload", run.Admin},
	{"POST /v1/backup", run.Admin},
	{"POST /v1/debug", run.Admin},

	{"GET /{$}", run.Viewer},
	{"GET /ui/{$}", run.Viewer},
	{"GET /ui/static/{name}", run.Viewer},
	{"GET /ui/live", run.Viewer}, // it asks for the role of the page that it is of, too
	{"GET /ui/runs", run.Viewer},
	{"GET /ui/runs/{id}", run.Viewer},
	{"GET /ui/runs/{id}/log", run.Viewer},
	{"GET /ui/runs/{id}/follow", run.Viewer},
	{"GET /ui/runs/{id}/live", run.Viewer},
	{"GET /ui/arrivals", run.Viewer},
	{"GET /ui/arrivals/{id}", run.Viewer},
	{"GET /ui/arrivals/{id}/live", run.Viewer},
	{"GET /ui/flows", run.Viewer},
	{"GET /ui/flows/{id}", run.Viewer},
	{"GET /ui/executors", run.Viewer},
	{"GET /ui/network", run.Viewer},
	{"GET /ui/audit", run.Viewer}, // changes alone
	{"GET /ui/audit/all", run.Admin},
	{"POST /ui/search", run.Viewer},

	{"GET /ui/runs/{id}/{action}", run.Operator},
	{"POST /ui/runs/{id}/{action}", run.Operator},
	{"GET /ui/arrivals/{id}/{action}", run.Operator},
	{"POST /ui/arrivals/{id}/{action}", run.Operator},
	{"GET /ui/flows/{id}/{action}", run.Operator},
	{"POST /ui/flows/{id}/{action}", run.Operator},
	{"GET /ui/executors/{id}/{action}", run.Operator},
	{"POST /ui/executors/{id}/{action}", run.Operator},
	{"GET /ui/destinations/{id}/check", run.Operator},
	{"POST /ui/destinations/{id}/check", run.Operator},
	{"GET /ui/notify/{id}/test", run.Operator},
	{"POST /ui/notify/{id}/test", run.Operator},
	{"GET /ui/bulk", run.Operator},
	{"POST /ui/bulk", run.Operator},
	{"GET /ui/test", run.Operator},
	{"POST /ui/test", run.Operator},
}
