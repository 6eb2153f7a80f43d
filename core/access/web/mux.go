package web

import (
	"fmt"
	"net/http"
	"slices"
)

// Mux is an [http.ServeMux] for routes that have a row in [Routes]. To register
// another one panics, as to register one twice does.
type Mux struct{ mux http.ServeMux }

// NewMux returns a mux without routes.
func NewMux() *Mux { return &Mux{} }

// Handle registers what answers a route.
func (m *Mux) Handle(pattern string, handler http.Handler) {
	if !slices.ContainsFunc(Routes, func(r Route) bool { return r.Pattern == pattern }) {
		panic(fmt.Sprintf("%q has no row in the table in core/access/web/routes.go: say there who may ask for it", pattern))
	}
	m.mux.Handle(pattern, handler)
}

// HandleFunc registers what answers a route.
func (m *Mux) HandleFunc(pattern string, handler http.HandlerFunc) { m.Handle(pattern, handler) }

// ServeHTTP implements [http.Handler].
func (m *Mux) ServeHTTP(w http.ResponseWriter, r *http.Request) { routed(&m.mux, w, r) }

// SameOrigin returns a handler that refuses changes which a page of another origin
// asks for.
func SameOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		Refuse(w, r, http.StatusForbidden, "a page of another origin cannot change anything")
	}))
	return protection.Handler(next)
}
