package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/run"
)

// Guard stands before all routes. Its fields are set before it is used.
type Guard struct {
	// Loopback says that the TCP listener is on loopback: its requests have to name
	// this host, and may come without a token unless TokenRequired.
	Loopback      bool
	TokenRequired func() bool
	// Secure says that browsers reach the agent by TLS, so that cookies travel by
	// nothing else.
	Secure bool
	// Socket is the path of the unix socket, for advice; "": there is none.
	Socket string
	Store  Store
	// Provider is where people log in; nil: they log in with a token.
	Provider Provider
	Logger   hclog.Logger
	// Recheck is how often it is looked whether a request that goes on, such as a
	// stream of events, is still proven; 0: every 30 seconds.
	Recheck time.Duration
	// BodyWithin is how long the first bytes of a request's body may take; 0: 30
	// seconds.
	BodyWithin time.Duration

	failures failures
	looks    looks
}

// Handler returns next for those who may ask for what they ask for, with who asks
// on the request's context. Pages of other origins that a browser shows cannot
// change anything.
func (g *Guard) Handler(next http.Handler) http.Handler {
	own := g.logins()
	routes := http.NewServeMux()
	for _, route := range Routes {
		serves := next
		if route.Role == Anybody {
			serves = own
		}
		routes.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) { g.serve(w, r, route, serves) })
	}
	protected := http.NewCrossOriginProtection().Handler(routes)
	return Named(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header())
		r = r.WithContext(r.Context()) // the server goes on with the body of its own
		g.timelyBody(w, r)
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			r.Body = http.NoBody // else one that is sent all the same would be read as a form, and stored
		}
		if g.Loopback && !overSocket(r) && !isLocal(r) {
			Refuse(w, r, http.StatusMisdirectedRequest, "the agent is asked as localhost, 127.0.0.1 or [::1], and by no other name")
			return
		}
		protected.ServeHTTP(w, r)
	}))
}

// serve serves one route.
func (g *Guard) serve(w http.ResponseWriter, r *http.Request, route Route, next http.Handler) {
	who, err := g.who(r)
	var wait *blockedError
	switch {
	case errors.As(err, &wait):
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.left/time.Second)+1))
		Refuse(w, r, http.StatusTooManyRequests, wait.Error())
		return
	case errors.Is(err, errNotProven):
		g.unknown(w, r, err.Error())
		return
	case err != nil:
		g.fault(w, r, "who asks is not known", err)
		return
	}
	ctx, end := g.whileProven(r, who)
	defer end()
	r = r.WithContext(With(ctx, who))
	switch {
	case route.Role == Anybody:
		next.ServeHTTP(w, r)
	case who.Role == "":
		g.unknown(w, r, "a token is needed")
	case !who.Role.May(route.Role):
		g.refuse(w, r, fmt.Sprintf("this needs the role %s, and %s has the role %s%s", route.Role, who, who.Role, g.advice("a token of that role")))
	default:
		g.recorded(w, r, route, next)
	}
}

// unknown answers whom the guard does not know: a browser is sent to log in.
func (g *Guard) unknown(w http.ResponseWriter, r *http.Request, why string) {
	if r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, pages) {
		http.Redirect(w, r, "/login?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	w.Header().Set("WWW-Authenticate", "Bearer")
	Refuse(w, r, http.StatusUnauthorized, why+g.advice("a token that counts"))
}

func (g *Guard) fault(w http.ResponseWriter, r *http.Request, what string, err error) {
	g.Logger.Error("request not answered", "error", err)
	Refuse(w, r, http.StatusInternalServerError, what+": see the agent's log")
}

// advice says how to ask instead.
func (g *Guard) advice(token string) string {
	if g.Socket == "" {
		return ""
	}
	return ": ask as root or the agent's own user with -address unix://" + g.Socket + ", or with " + token
}

// who says who asks: by the socket, by a token, by a session or, on loopback, by
// nothing. Whoever reaches that is an operator, unless a token is required.
func (g *Guard) who(r *http.Request) (run.Actor, error) {
	if overSocket(r) {
		return Who(r), nil
	}
	address := addressOf(r)
	if token, given := bearer(r); given {
		return g.proven(r, token)
	}
	if cookie, err := r.Cookie(g.cookieName()); err == nil {
		who, err := g.bySession(r, cookie.Value)
		if err == nil || !errors.Is(err, errNotProven) {
			return who, err
		}
	}
	who := run.Actor{Address: address}
	if g.Loopback && !g.TokenRequired() {
		who.Known, who.Role = run.Anonymous, run.Operator
	}
	return who, nil
}

// proven says whose a token is, unless its address has tried too many that do not
// count.
func (g *Guard) proven(r *http.Request, token string) (run.Actor, error) {
	address, now := addressOf(r), time.Now()
	if left := g.failures.blocked(address, now); left > 0 {
		return run.Actor{}, &blockedError{left}
	}
	who, err := g.byToken(r.Context(), token, address)
	if errors.Is(err, errNotProven) && g.failures.add(address, now) {
		g.note(r, run.Entry{Action: run.Ask, Thing: "site", Result: run.WasRefused, Detail: "a token that does not count", By: run.Actor{Address: address, Token: idOf(token)}})
	}
	return who, err
}

// whileProven returns a context that ends when the token or the session of a
// request does not count any more, or has another role.
func (g *Guard) whileProven(r *http.Request, who run.Actor) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(r.Context())
	if who.Known != run.ByToken && who.Known != run.ByLogin {
		return ctx, cancel
	}
	every := cmp.Or(g.Recheck, 30*time.Second)
	var again *time.Timer
	var mu sync.Mutex // until again is set
	mu.Lock()
	defer mu.Unlock()
	again = time.AfterFunc(every, func() {
		if now, err := g.who(r); err != nil || now.Role != who.Role {
			cancel()
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if ctx.Err() == nil {
			again.Reset(every)
		}
	})
	return ctx, func() {
		again.Stop()
		cancel()
	}
}

// blockedError means that an address has tried too much in vain.
type blockedError struct{ left time.Duration }

func (e *blockedError) Error() string {
	return fmt.Sprintf("too many tokens from this address do not count: try again in %s", e.left.Round(time.Second))
}

// overSocket reports whether a request came over the unix socket: then the
// connection says who asks.
func overSocket(r *http.Request) bool { return Who(r).Known == run.BySocket }
