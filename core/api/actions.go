package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/raddeploy/raddeploy/core/access/web"
	"github.com/raddeploy/raddeploy/core/run"
)

// actionRoutes are the actions of operators. Each answers with how what it was
// done to is then.
func (s *Server) actionRoutes(mux *web.Mux) {
	on := func(route string, do func(context.Context, string, Order, run.Actor) (any, error)) {
		mux.HandleFunc("POST /v1/"+route, s.answer(func(r *http.Request) (any, error) {
			order, by, err := asked(r)
			if err != nil {
				return nil, err
			}
			return do(r.Context(), r.PathValue("id"), order, by)
		}))
	}
	on("runs/{id}/cancel", plain(s.CancelRun))
	on("runs/{id}/resend", ordered(s.ResendRun))
	on("runs/{id}/retry", ordered(s.RetryRun))
	on("runs/{id}/release", plain(s.ReleaseRun))
	on("runs/{id}/discard", ordered(s.DiscardRun))
	on("runs/{id}/rerun", ordered(s.RerunRun))
	on("arrivals/{id}/release", plain(s.ReleaseArrival))
	on("arrivals/{id}/discard", ordered(s.DiscardArrival))
	on("arrivals/{id}/rerun", ordered(s.RerunArrival))
	on("executors/{id}/drain", switched(s.Drain, true))
	on("executors/{id}/undrain", switched(s.Drain, false))
	on("flows/{id}/enable", switched(s.SwitchFlow, true))
	on("flows/{id}/disable", switched(s.SwitchFlow, false))
	on("reload", func(ctx context.Context, _ string, _ Order, by run.Actor) (any, error) { return s.Reload(ctx, by) })
	on("destinations/{id}/check", func(ctx context.Context, id string, _ Order, _ run.Actor) (any, error) {
		return s.CheckDestination(ctx, id)
	})
	on("notify/{id}/test", func(ctx context.Context, id string, _ Order, _ run.Actor) (any, error) { return s.TestNotify(ctx, id) })
	mux.HandleFunc("POST /v1/backup", s.backup)
	// It reads all of the database, which a page of another origin must not ask for.
	mux.HandleFunc("POST /v1/debug", s.answer(func(r *http.Request) (any, error) { return s.Debug(r.Context()), nil }))
}

// action is what is done to the thing with an id.
type action = func(ctx context.Context, id string, o Order, by run.Actor) (any, error)

func ordered[T any](do func(context.Context, string, Order, run.Actor) (T, error)) action {
	return func(ctx context.Context, id string, o Order, by run.Actor) (any, error) { return do(ctx, id, o, by) }
}

func plain[T any](do func(context.Context, string, run.Actor) (T, error)) action {
	return func(ctx context.Context, id string, _ Order, by run.Actor) (any, error) { return do(ctx, id, by) }
}

func switched[T any](do func(context.Context, string, bool, run.Actor) (T, error), on bool) action {
	return func(ctx context.Context, id string, _ Order, by run.Actor) (any, error) { return do(ctx, id, on, by) }
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

// asked reads an order, and who gives it. None is an empty one.
func asked(r *http.Request) (o Order, by run.Actor, err error) {
	if err := readOrder(r, &o); err != nil {
		return o, by, err
	}
	return o, ActorOf(r, o.By), o.Check()
}

// readOrder reads what is asked for. Nothing leaves it as it is.
func readOrder(r *http.Request, into any) error {
	body := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 64<<10))
	body.DisallowUnknownFields()
	if err := body.Decode(into); err != nil && !errors.Is(err, io.EOF) {
		return &badRequest{"order: " + err.Error()}
	}
	return nil
}

// Check refuses what the journal would not show as it is.
func (o Order) Check() error {
	if !line(o.By, longestName) || !line(o.Reason, longestReason) {
		return &badRequest{fmt.Sprintf("by has at most %d printable characters, and reason %d", longestName, longestReason)}
	}
	return nil
}

// ActorOf is who asks for an action by a request, for the journal. Where nothing
// proves who it is, the name that the request says stands there.
func ActorOf(r *http.Request, name string) run.Actor {
	by := web.Who(r)
	if by.Name == "" && !by.Known.Proven() {
		by.Name = name
	}
	return by
}
