package web

import (
	"fmt"
	"net/http"

	"github.com/raddeploy/raddeploy/core/run"
)

// Guard stands before all routes.
type Guard struct{}

// Handler returns next for those who may ask for what they ask for, with who asks
// on the request's context. Pages of other origins that a browser shows cannot
// change anything.
func (g *Guard) Handler(next http.Handler) http.Handler {
	routes := http.NewServeMux()
	for _, route := range Routes {
		routes.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) {
			who := g.who(r)
			if !who.Role.May(route.Role) {
				http.Error(w, fmt.Sprintf("this needs the role %s", route.Role), http.StatusForbidden)
				return
			}
			next.ServeHTTP(w, r.WithContext(With(r.Context(), who)))
		})
	}
	return http.NewCrossOriginProtection().Handler(routes)
}

// who says who asks: whoever reaches the listener.
func (g *Guard) who(r *http.Request) run.Actor {
	return run.Actor{Address: addressOf(r), Known: run.Anonymous, Role: run.Admin}
}
