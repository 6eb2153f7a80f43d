package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
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
	// BodyWithin is how long the first bytes of a request's body may take, and
	// AnswerWithin how long those of an answer may take to be read; 0: 30 seconds.
	BodyWithin, AnswerWithin time.Duration
	// LoginLasts is how long a login at the provider counts; 0: as long as one with a
	// token.
	LoginLasts time.Duration
	// Proxies reports whether an address is that of a proxy which says truly for whom
	// it asks; nil: none is.
	Proxies func(netip.Addr) bool
	// Most is how many requests are answered at once, Share how many of one address
	// and ShareOfOne how many of one token or login; 0: the usual.
	Most, Share, ShareOfOne int

	failures failures
	refusals refusals
	looks    looks
	busy     busy
	lasting  lasting
	told     atomic.Int64 // when the log was last told of a provider, in seconds
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
	protected := SameOrigin(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { routed(routes, w, r) }))
	return Named(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header())
		r = r.WithContext(r.Context()) // the server goes on with the body of its own
		g.behindProxy(r)
		w = g.timelyAnswer(w)
		g.timelyBody(w, r)
		done, ok := g.admit(w, r)
		if !ok {
			return
		}
		defer done()
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
	p, err := g.proof(r)
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
	done, ok := g.admitWho(w, r, p)
	if !ok {
		return
	}
	defer done()
	who := p.who
	ctx, end := g.whileProven(r, p)
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
	if slices.Contains(ending, route.Pattern) {
		g.lasting.look() // what was begun with it ends now
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
	Refuse(w, r, http.StatusInternalServerError, Fault(r, g.Logger, what, err))
}

// advice says how to ask instead.
func (g *Guard) advice(token string) string {
	if g.Socket == "" {
		return ""
	}
	return ": ask as root or the agent's own user with -address unix://" + g.Socket + ", or with " + token
}

// proof is how it is known who asks.
type proof struct {
	who     run.Actor
	session string // what names the login; "": none
	// again says who it is by now, while a request goes on; nil: nothing changes it.
	again func(context.Context) (run.Actor, error)
}

// proof says who asks: by the socket, by a token, by a session or, on loopback, by
// nothing. Whoever reaches that is an operator, unless a token is required.
func (g *Guard) proof(r *http.Request) (proof, error) {
	if overSocket(r) {
		return proof{who: Who(r)}, nil
	}
	address := addressOf(r)
	if token, given := bearer(r); given {
		who, err := g.proven(r, token)
		return proof{who: who, again: func(ctx context.Context) (run.Actor, error) { return g.byToken(ctx, token, address) }}, err
	}
	if cookie, err := r.Cookie(g.cookieName()); err == nil {
		who, err := g.bySession(r, cookie.Value)
		if err == nil || !errors.Is(err, errNotProven) {
			again := func(ctx context.Context) (run.Actor, error) { return g.session(ctx, cookie.Value, address) }
			return proof{who, string(hashOf(cookie.Value)), again}, err
		}
	}
	return proof{who: g.anonymous(address), again: func(context.Context) (run.Actor, error) { return g.anonymous(address), nil }}, nil
}

// anonymous is who asks without any proof.
func (g *Guard) anonymous(address string) run.Actor {
	who := run.Actor{Address: address}
	if g.Loopback && !g.TokenRequired() {
		who.Known, who.Role = run.Anonymous, run.Operator
	}
	return who
}

// proven says whose a token is. One that is valid counts whatever came from its
// address before; those that are not are counted.
func (g *Guard) proven(r *http.Request, token string) (run.Actor, error) {
	who, err := g.byToken(r.Context(), token, addressOf(r))
	if !errors.Is(err, errNotProven) {
		return who, err
	}
	by := run.Actor{Address: addressOf(r), Token: idOf(token)}
	return run.Actor{}, g.failed(r, run.Entry{Action: run.Ask, Thing: "site", Result: run.WasRefused, Detail: "a token that does not count", By: by})
}

// failed counts and records a credential that is not valid. It returns what is
// answered.
func (g *Guard) failed(r *http.Request, e run.Entry) error {
	g.note(r, e)
	if left := g.failures.add(e.By.Address, time.Now()); left > 0 {
		return &blockedError{left}
	}
	return errNotProven
}

// blockedError means that a credential is not valid, and that too many before it
// were not.
type blockedError struct{ left time.Duration }

func (e *blockedError) Error() string {
	return fmt.Sprintf("the token or login is not valid, as too many before it: try again in %s with one that is", max(e.left, time.Second).Round(time.Second))
}

// overSocket reports whether a request came over the unix socket: then the
// connection says who asks.
func overSocket(r *http.Request) bool { return Who(r).Known == run.BySocket }
