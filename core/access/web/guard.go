package web

import (
	"fmt"
	"net/http"

	"github.com/raddeploy/raddeploy/core/run"
)

// Guard stands before all routes. Its fields are set before it is used.
type Guard struct {
	// Loopback says that the TCP listener is on loopback: its requests have to name
	// this host, and may come without a token unless TokenRequired.
	Loopback      bool
	TokenRequired func() bool
	// Socket is the path of the unix socket, for advice; "": there is none.
	Socket string
}

// Handler returns next for those who may ask for what they ask for, with who asks
// on the request's context. Pages of other origins that a browser shows cannot
// change anything.
func (g *Guard) Handler(next http.Handler) http.Handler {
	routes := http.NewServeMux()
	for _, route := range Routes {
		routes.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) { g.serve(w, r, route, next) })
	}
	protected := http.NewCrossOriginProtection().Handler(routes)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header())
		if g.Loopback && !overSocket(r) && !isLocal(r) {
			http.Error(w, "the agent is asked as localhost, 127.0.0.1 or [::1], and by no other name", http.StatusMisdirectedRequest)
			return
		}
		protected.ServeHTTP(w, r)
	})
}

// serve serves one route.
func (g *Guard) serve(w http.ResponseWriter, r *http.Request, route Route, next http.Handler) {
	who := g.who(r)
	switch {
	case who.Role == "":
		w.Header().Set("WWW-Authenticate", "Bearer")
		http.Error(w, "a token is needed"+g.advice(), http.StatusUnauthorized)
	case !who.Role.May(route.Role):
		http.Error(w, fmt.Sprintf("this needs the role %s, and %s has the role %s%s", route.Role, who, who.Role, g.advice()), http.StatusForbidden)
	default:
		next.ServeHTTP(w, r.WithContext(With(r.Context(), who)))
	}
}

func (g *Guard) advice() string {
	if g.Socket == "" {
		return ""
	}
	return ": ask as root or the agent's own user with -address unix://" + g.Socket + ", or with a token"
}

// who says who asks. Whoever reaches a listener on loopback is an operator, unless
// a token is required there.
func (g *Guard) who(r *http.Request) run.Actor {
	if overSocket(r) {
		return Who(r)
	}
	who := run.Actor{Address: addressOf(r)}
	if g.Loopback && !g.TokenRequired() {
		who.Known, who.Role = run.Anonymous, run.Operator
	}
	return who
}

// overSocket reports whether a request came over the unix socket: then the
// connection says who asks.
func overSocket(r *http.Request) bool { return Who(r).Known == run.BySocket }
