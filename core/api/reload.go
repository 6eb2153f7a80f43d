package api

import (
	"context"
	"errors"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/core/run"
)

// Change is a setting that a reload has changed.
type Change struct {
	Setting string `json:"setting"`
	What    string `json:"what"`    // such as "64 → 8", "added", "removed", "changed"
	Restart bool   `json:"restart"` // the old value is in force until the agent starts anew
}

// Reloading reads the site's configuration again and puts it into force as a
// whole, or returns what is wrong with it.
type Reloading func(ctx context.Context, by run.Actor) ([]config.Change, error)

// Reload reads the site's configuration again, puts it into force as a whole and
// returns what has changed; or it returns what is wrong with it.
func (s *Server) Reload(ctx context.Context, by run.Actor) ([]Change, error) {
	changes, err := s.from.Reload(context.WithoutCancel(ctx), by) // half of it is of no use
	if err != nil {
		return nil, &unusable{err}
	}
	return convert(changes, func(c config.Change) Change { return Change(c) }), nil
}

// unusable is what is wrong with the site's configuration.
type unusable struct{ err error }

func (e *unusable) Unwrap() error { return e.err }

// Error has the source lines of each mistake, where there are some.
func (e *unusable) Error() string {
	var located *lang.DiagnosticsError
	if errors.As(e.err, &located) {
		return located.Render()
	}
	return e.err.Error()
}

// Reload has the agent read its site's configuration again, and returns what has
// changed.
func (c *Client) Reload(ctx context.Context, order Order) (changes []Change, err error) {
	err = c.act(ctx, "/v1/reload", order, &changes)
	return changes, err
}
