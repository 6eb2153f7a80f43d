package web

import "net/http"

// AgentHeader is on each answer of an agent, so that a client knows it from
// another server at its address.
const AgentHeader = "Raddeploy-Agent"

// Named has a handler's answers say that an agent answers.
func Named(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(AgentHeader, "1")
		next.ServeHTTP(w, r)
	})
}
