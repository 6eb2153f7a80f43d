package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// sessionLasts is how long a login with a token counts: a shift.
const sessionLasts = 12 * time.Hour

// cookieName is that of the cookie of a session. One whose name begins with
// __Host- comes from this host alone, by TLS alone; without TLS browsers keep no
// such cookie.
func (g *Guard) cookieName() string {
	if g.Secure {
		return "__Host-raddeploy"
	}
	return "raddeploy"
}

// cookie makes the cookie of a session. A page of another site sends it with a
// link that is followed, not with a form or a script.
func (g *Guard) cookie(value string, age time.Duration) *http.Cookie {
	return &http.Cookie{
		Name: g.cookieName(), Value: value, Path: "/", MaxAge: int(age / time.Second),
		Secure: g.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// bySession says whose a session is. A change needs a browser that says from what
// page it comes, which the protection of other origins looks at.
func (g *Guard) bySession(r *http.Request, secret string) (run.Actor, error) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead && r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "" {
		return run.Actor{}, errNotProven
	}
	return g.session(r.Context(), secret, addressOf(r))
}

// session says whose a session is.
func (g *Guard) session(ctx context.Context, secret, address string) (run.Actor, error) {
	if len(secret) != secretLength {
		return run.Actor{}, errNotProven
	}
	s, err := g.Store.Session(ctx, hashOf(secret), time.Now())
	if errors.Is(err, state.ErrNotFound) {
		return run.Actor{}, errNotProven
	}
	if err != nil {
		return run.Actor{}, err
	}
	return run.Actor{Name: s.Name, Address: address, Token: s.Token, Known: run.ByLogin, Role: s.Role}, nil
}

// begin logs somebody in, and sends the browser on.
func (g *Guard) begin(w http.ResponseWriter, r *http.Request, who run.Actor, detail, next string) {
	secret := newSecret()
	now := time.Now()
	who.Known, who.Address = run.ByLogin, addressOf(r)
	lasts := sessionLasts
	if who.Token == "" && g.LoginLasts > 0 {
		lasts = g.LoginLasts
	}
	s := run.Session{Hash: hashOf(secret), Name: who.Name, Role: who.Role, Token: who.Token, Expires: now.Add(lasts)}
	entry := run.Entry{At: now, Action: run.Login, Thing: "site", Detail: detail, By: who}
	if err := g.Store.AddSession(r.Context(), s, entry); err != nil {
		g.fault(w, r, "not logged in", err)
		return
	}
	http.SetCookie(w, g.cookie(secret, lasts))
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// logout ends a session.
func (g *Guard) logout(w http.ResponseWriter, r *http.Request) {
	if cookie, err := r.Cookie(g.cookieName()); err == nil {
		entry := run.Entry{At: time.Now(), Action: run.Logout, Thing: "site", By: Who(r)}
		if err := g.Store.EndSession(r.Context(), hashOf(cookie.Value), entry); err != nil {
			g.fault(w, r, "not logged out", err)
			return
		}
	}
	http.SetCookie(w, g.cookie("", -time.Second))
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}
