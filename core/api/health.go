package api

import (
	"context"
	"encoding/json"
	"net/http"
)

// Health says whether the agent can do its work.
type Health struct {
	State    string   `json:"state"`    // "healthy" or "unhealthy"
	Problems []string `json:"problems"` // a line each
}

// Health says whether the agent can do its work.
func (s *Server) Health() Health {
	health := Health{State: "healthy", Problems: s.problems()}
	if len(health.Problems) > 0 {
		health.State = "unhealthy"
	}
	return health
}

// health answers 200, or 503 if the agent is not healthy, for programs that
// watch it.
func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	health, code := s.Health(), http.StatusOK
	if len(health.Problems) > 0 {
		code = http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	if err := json.NewEncoder(w).Encode(health); err != nil {
		s.from.Logger.Debug("answer not written", "error", err)
	}
}

// problems is what is broken of the agent itself, a line each.
func (s *Server) problems() []string {
	all := []string{}
	if s.from.Problems != nil {
		all = append(all, s.from.Problems()...)
	}
	return all
}

// Health returns whether the agent can do its work.
func (c *Client) Health(ctx context.Context) (h Health, err error) {
	err = c.get(ctx, "/v1/health", &h, http.StatusServiceUnavailable)
	return h, err
}
