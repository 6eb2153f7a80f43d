package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// fromProvider makes a session for who comes back from the provider.
func (g *Guard) fromProvider(w http.ResponseWriter, r *http.Request) {
	kept, err := r.Cookie(g.cookieName() + "-login")
	if g.Provider == nil || err != nil {
		g.form(w, r, "This login is over. Begin it again.", http.StatusBadRequest)
		return
	}
	next := pages
	if c, err := r.Cookie(g.cookieName() + "-next"); err == nil {
		if text, err := url.QueryUnescape(c.Value); err == nil {
			next = local(text)
		}
	}
	for _, name := range []string{"-login", "-next"} {
		http.SetCookie(w, g.kept(name, "", -time.Second))
	}
	who, detail, err := g.Provider.Finish(r.Context(), r, kept.Value)
	refused := run.Entry{Action: run.Login, Thing: "site", Result: run.WasRefused, Detail: detail, By: who}
	refused.By.Address = addressOf(r)
	var wait *blockedError
	switch {
	case err == nil && who.Role != "":
		g.begin(w, r, who, detail, next)
	case err == nil:
		g.note(r, refused)
		g.form(w, r, "You are logged in, and have no role here. Ask who runs this agent.", http.StatusForbidden)
	case errors.As(g.failed(r, refused), &wait):
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.left/time.Second)+1))
		g.form(w, r, "The login failed, as too many before it. Try again in a minute.", http.StatusTooManyRequests)
	default:
		g.seldom(func() { g.Logger.Warn("login at the provider failed", "error", err) })
		g.form(w, r, "The login failed. The agent's log says why.", http.StatusUnauthorized)
	}
}
