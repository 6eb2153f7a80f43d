package web

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// Store has the tokens and the sessions, and the journal.
type Store interface {
	Token(ctx context.Context, id string) (run.Token, error)
	UseToken(ctx context.Context, id string, at time.Time) error
	Session(ctx context.Context, hash []byte, now time.Time) (run.Session, error)
	AddSession(ctx context.Context, s run.Session, e run.Entry) error
	EndSession(ctx context.Context, hash []byte, e run.Entry) error
	Record(ctx context.Context, e run.Entry) error
	// WholeID returns the id of the one run or arrival that begins with a prefix.
	WholeID(ctx context.Context, thing, prefix string) (string, error)
}

// errNotProven means that a token or a session does not count. Which of the
// reasons it has is for the journal alone.
var errNotProven = errors.New("the token is not valid")

// bearer is the token of a request's Authorization header (RFC 6750 §2.1).
func bearer(r *http.Request) (token string, given bool) {
	header := r.Header.Get("Authorization")
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", header != ""
	}
	return strings.TrimSpace(token), true
}

// byToken says whose a token is. Times of the comparison tell nothing: what is
// compared are hashes, and in constant time.
func (g *Guard) byToken(ctx context.Context, token, address string) (run.Actor, error) {
	now := time.Now()
	id := idOf(token)
	if id == "" {
		return run.Actor{}, errNotProven
	}
	known, err := g.Store.Token(ctx, id)
	if err != nil && !errors.Is(err, state.ErrNotFound) {
		return run.Actor{}, err
	}
	right := subtle.ConstantTimeCompare(known.Hash, hashOf(token)) == 1
	if err != nil || !right || known.State(now) != run.TokenValid {
		return run.Actor{}, errNotProven
	}
	if now.Sub(known.Used) >= time.Minute {
		if err := g.Store.UseToken(ctx, id, now.Truncate(time.Minute)); err != nil {
			return run.Actor{}, fmt.Errorf("use of token %s: %w", id, err)
		}
	}
	return run.Actor{Name: known.Name, Address: address, Token: id, Known: run.ByToken, Role: known.Role}, nil
}
