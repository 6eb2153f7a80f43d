package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/raddeploy/raddeploy/core/access/web"
	"github.com/raddeploy/raddeploy/core/run"
)

// Session is a browser that has logged in.
type Session struct {
	ID      string    `json:"id"`
	State   string    `json:"state"` // "open" or "ended"
	Name    string    `json:"name"`
	Role    run.Role  `json:"role"`
	Token   string    `json:"token,omitempty"` // the id of the one it was begun with; left out: at the provider
	Expires time.Time `json:"expires"`
}

func (s *Server) sessionRoutes(mux *web.Mux) {
	mux.HandleFunc("GET /v1/sessions", s.answer(func(r *http.Request) (any, error) { return s.Sessions(r.Context()) }))
	mux.HandleFunc("POST /v1/sessions/{id}/end", s.answer(func(r *http.Request) (any, error) {
		return s.EndSession(r.Context(), r.PathValue("id"), web.Who(r))
	}))
}

// Sessions lists the logins that count, those that end last first.
func (s *Server) Sessions(ctx context.Context) ([]Session, error) {
	all, err := s.from.DB.Sessions(ctx, time.Now())
	return convert(all, sessionOf), err
}

// EndSession has a login not count any more.
func (s *Server) EndSession(ctx context.Context, id string, by run.Actor) (Session, error) {
	now := time.Now()
	found, err := s.from.DB.SessionOf(ctx, id, now)
	if err != nil {
		return Session{}, err
	}
	e := run.Entry{At: now, Action: run.EndSession, Thing: "session", ID: id, Detail: string(found.Role) + " " + found.Name, Before: "open", After: "ended", By: by}
	ended := sessionOf(found)
	ended.State = "ended"
	return ended, s.from.DB.EndSession(ctx, found.Hash, e)
}

func sessionOf(s run.Session) Session {
	return Session{ID: s.ID, State: "open", Name: s.Name, Role: s.Role, Token: s.Token, Expires: s.Expires}
}

// Sessions lists the logins that count, those that end last first.
func (c *Client) Sessions(ctx context.Context) (all []Session, err error) {
	err = c.get(ctx, "/v1/sessions", &all)
	return all, err
}

// EndSession has a login not count any more.
func (c *Client) EndSession(ctx context.Context, id string) (s Session, err error) {
	err = c.act(ctx, "/v1/sessions/"+url.PathEscape(id)+"/end", Order{}, &s)
	return s, err
}
