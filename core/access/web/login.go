package web

import (
	"context"
	_ "embed"
	"errors"
	"html/template"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// pages is what the paths of the pages begin with.
const pages = "/ui/"

// Provider is where people log in: an OpenID provider.
type Provider interface {
	// Begin returns where the browser is sent, and what has to be kept in it until
	// it comes back.
	Begin(ctx context.Context) (to, kept string, err error)
	// Finish says who came back, from the parameters of the request and what was
	// kept. An actor without a role has none here; detail says who it is to the
	// provider.
	Finish(ctx context.Context, r *http.Request, kept string) (who run.Actor, detail string, err error)
}

//go:embed login.html
var loginText string

//go:embed login.css
var loginStyle []byte

var loginPage = template.Must(template.New("login").Parse(loginText))

// logins answers what somebody asks for who is not known yet.
func (g *Guard) logins() http.Handler {
	mux := NewMux()
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, r *http.Request) { g.form(w, r, "", http.StatusOK) })
	mux.HandleFunc("POST /login", g.login)
	mux.HandleFunc("POST /logout", g.logout)
	mux.HandleFunc("GET /login/style.css", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = w.Write(loginStyle) // the browser may be gone
	})
	mux.HandleFunc("GET /login/provider", g.toProvider)
	mux.HandleFunc("GET /login/provider/back", g.fromProvider)
	return mux
}

// form shows the form of a login, and why the one before failed.
func (g *Guard) form(w http.ResponseWriter, r *http.Request, failed string, code int) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	shown := struct {
		Failed, Next string
		Provider     bool
		Who          run.Actor
	}{failed, local(r.FormValue("next")), g.Provider != nil, Who(r)}
	if err := loginPage.Execute(w, shown); err != nil && r.Context().Err() == nil {
		g.Logger.Debug("answer not written", "error", err)
	}
}

// login makes a session of a token.
func (g *Guard) login(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	who, err := g.proven(r, strings.TrimSpace(r.PostFormValue("token")))
	var wait *blockedError
	switch {
	case errors.As(err, &wait):
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.left/time.Second)+1))
		g.form(w, r, "This token is not valid, as too many before it. Try again in a minute.", http.StatusTooManyRequests)
	case errors.Is(err, errNotProven):
		g.form(w, r, "This token is not valid.", http.StatusUnauthorized)
	case err != nil:
		g.fault(w, r, "not logged in", err)
	default:
		g.begin(w, r, who, "with a token", local(r.PostFormValue("next")))
	}
}

// local is where a browser is sent after a login: to a page of ours, whatever the
// request says.
func local(next string) string {
	way, _, _ := strings.Cut(next, "?")
	if !strings.HasPrefix(next, pages) || strings.ContainsAny(next, "\\\r\n\t") || strings.Contains(way, "//") || path.Clean(way) != strings.TrimSuffix(way, "/") {
		return pages
	}
	return next
}

// keptLasts is how long somebody may take to log in at the provider.
const keptLasts = 10 * time.Minute

// kept is a cookie for that time.
func (g *Guard) kept(name, value string, age time.Duration) *http.Cookie {
	c := g.cookie(value, age)
	c.Name += name
	return c
}

// seldom does something unless it was done within the last ten seconds: what anybody
// can cause must not fill the log.
func (g *Guard) seldom(do func()) {
	now, last := time.Now().Unix(), g.told.Load()
	if now-last >= 10 && g.told.CompareAndSwap(last, now) {
		do()
	}
}

// toProvider sends a browser to the provider.
func (g *Guard) toProvider(w http.ResponseWriter, r *http.Request) {
	if g.Provider == nil {
		http.Error(w, "the site has no provider: see http { oidc } in docs/security.md", http.StatusNotFound)
		return
	}
	to, kept, err := g.Provider.Begin(r.Context())
	if err != nil {
		g.seldom(func() { g.Logger.Warn("provider of logins does not answer", "error", err) })
		g.form(w, r, "The provider of logins does not answer. A token still works.", http.StatusBadGateway)
		return
	}
	http.SetCookie(w, g.kept("-login", kept, keptLasts))
	http.SetCookie(w, g.kept("-next", template.URLQueryEscaper(local(r.FormValue("next"))), keptLasts))
	http.Redirect(w, r, to, http.StatusSeeOther)
}
