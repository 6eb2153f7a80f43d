package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// Looks is the table of routes that show values of tags, what tasks printed, or
// pictures, or give them away: who does that is recorded.
var Looks = []string{
	"GET /v1/arrivals/{id}",
	"GET /v1/runs/{id}",
	"POST /v1/runs/search", // by what is known of a patient
	"GET /v1/runs/{id}/logs",
	"GET /v1/runs/{id}/src",
	"GET /v1/arrivals/{id}/pictures",
	"GET /v1/arrivals/{id}/pictures/{series}/{slice}",
	"GET /v1/runs/{id}/pictures",
	"GET /v1/runs/{id}/pictures/{series}/{slice}",
	"GET /v1/audit",
	"GET /ui/audit/all",
	"GET /ui/arrivals/{id}",
	"GET /ui/arrivals/{id}/live",
	"GET /ui/runs/{id}",
	"GET /ui/runs/{id}/live",
	"GET /ui/runs/{id}/log",
	"GET /ui/runs/{id}/follow",
	"POST /ui/search",
	"POST /v1/backup",
	"POST /v1/debug",                   // no values, and much of how the site works
	"POST /v1/destinations/{id}/check", // it shows nothing, and asks another system
	"POST /ui/destinations/{id}/check",
	"POST /v1/notify/{id}/test", // it shows nothing, and sends to people
	"POST /ui/notify/{id}/test",
}

// oneLook is how long somebody looks at one thing without it being a second look:
// a page that shows itself anew, or a slider through the slices of a series.
const oneLook = 10 * time.Minute

// recorded serves a request, and records a look before it and a refusal after it.
// What is done is recorded by who does it, in the commit that it is done in.
func (g *Guard) recorded(w http.ResponseWriter, r *http.Request, route Route, next http.Handler) {
	if slices.Contains(Looks, r.Pattern) {
		if err := g.look(r); err != nil {
			g.fault(w, r, "not shown, because that it was shown could not be recorded", err)
			return
		}
	}
	// What a viewer may ask for by a POST, a search, changes nothing either, and one
	// that finds nothing is not refused.
	if r.Method == http.MethodGet || r.Method == http.MethodHead || route.Role == run.Viewer {
		next.ServeHTTP(w, r)
		return
	}
	said := &said{ResponseWriter: w}
	entry := entryOf(r) // before another handler has the request
	next.ServeHTTP(said, r)
	if said.code >= http.StatusBadRequest {
		entry.Result, entry.Detail = run.WasRefused, http.StatusText(said.code)
		g.note(r, entry)
	}
}

// refuse answers who may not have what they ask for, and records a change that
// they wanted.
func (g *Guard) refuse(w http.ResponseWriter, r *http.Request, why string) {
	entry := entryOf(r)
	entry.Result, entry.Detail = run.WasRefused, "the role is not enough"
	g.note(r, entry)
	Refuse(w, r, http.StatusForbidden, why)
}

// note records what was refused, unless that is too much. It reports whether it did.
func (g *Guard) note(r *http.Request, e run.Entry) bool {
	e.At = time.Now()
	if !g.refusals.admit(e) {
		return false
	}
	// It is recorded, whether or not who asked still waits.
	ctx := context.WithoutCancel(r.Context())
	e.ID, _ = g.whole(ctx, e)
	if err := g.Store.Record(ctx, e); err != nil {
		g.Logger.Error("not recorded in the journal", "action", e.Action, "result", e.Result, "error", err)
	}
	return true
}

// look records a look, unless it goes on.
func (g *Guard) look(r *http.Request) error {
	e := entryOf(r)
	whole, there := g.whole(r.Context(), e)
	e.At, e.Result, e.ID = time.Now(), run.WasSeen, whole
	if r.Method == http.MethodPost {
		return g.Store.Record(r.Context(), e)
	}
	e.Action = run.Look
	_, route, _ := strings.Cut(r.Pattern, " ")
	e.Detail = route[strings.LastIndexByte(route, '/')+1:]
	if one, ok := goesOn[e.Detail]; ok {
		e.Detail = one
	} else if strings.HasPrefix(e.Detail, "{") {
		e.Detail = ""
	}
	if g.looks.continues(e) || !there && !g.refusals.admit(e) {
		return nil
	}
	if err := g.Store.Record(r.Context(), e); err != nil {
		return err
	}
	g.looks.begin(e)
	return nil
}

// whole is the whole id of what an entry is about, of which a request may have the
// beginning alone: who asks the journal about a thing finds all looks at it. What
// there is not is called as it was asked for, and there is false.
func (g *Guard) whole(ctx context.Context, e run.Entry) (id string, there bool) {
	whole, err := g.Store.WholeID(ctx, e.Thing, e.ID)
	if err == nil {
		return whole, true
	}
	return e.ID, e.Thing != "run" && e.Thing != "arrival" || !errors.Is(err, state.ErrNotFound)
}

// longestAsked is how many bytes are recorded of the id and of the action that a
// request's path has.
const longestAsked = 200

func cut(text string) string {
	if len(text) > longestAsked {
		text = text[:longestAsked] + "…"
	}
	return strings.ToValidUTF8(text, "")
}

// entryOf is what a request asks for, by its path: /v1/THINGS/ID/ACTION.
func entryOf(r *http.Request) run.Entry {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/"), "/")[1:]
	if i := slices.Index(parts, "pictures"); i >= 0 {
		parts = parts[:i+1] // which of them is too much to know
	}
	e := run.Entry{Thing: "site", ID: cut(r.PathValue("id")), By: Who(r), Action: run.Action(strings.ToLower(r.Method))}
	if e.ID != "" && len(parts) > 0 {
		e.Thing = strings.TrimSuffix(parts[0], "s")
	}
	if last := len(parts) - 1; last >= 0 && (last != 1 || e.ID == "") {
		e.Action = run.Action(cut(parts[last]))
	}
	return e
}

// goesOn are ends of routes with which a look goes on that began at another one: a
// page that shows itself anew, a log that is followed.
var goesOn = map[string]string{"live": "", "follow": "log", "all": "audit", "{slice}": "pictures"}

// looks are the looks of late.
type looks struct {
	mu   sync.Mutex
	last map[looking]time.Time
}

type looking struct {
	who               run.Actor
	thing, id, detail string
}

// looksKept bounds the memory that looks take.
const looksKept = 10_000

func lookingOf(e run.Entry) looking { return looking{e.By, e.Thing, e.ID, e.Detail} }

// continues reports whether a look goes on that was recorded.
func (l *looks) continues(e run.Entry) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := lookingOf(e)
	last, known := l.last[key]
	if !known || e.At.Sub(last) >= oneLook {
		return false
	}
	l.last[key] = e.At
	return true
}

// begin remembers a look that was recorded.
func (l *looks) begin(e run.Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == nil || len(l.last) >= looksKept {
		l.last = make(map[looking]time.Time)
	}
	l.last[lookingOf(e)] = e.At
}

// said is an answer whose code is known afterwards.
type said struct {
	http.ResponseWriter
	code int
}

func (s *said) WriteHeader(code int) {
	if s.code == 0 {
		s.code = code
	}
	s.ResponseWriter.WriteHeader(code)
}

// Unwrap is for [http.ResponseController].
func (s *said) Unwrap() http.ResponseWriter { return s.ResponseWriter }
