package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/raddeploy/raddeploy/core/access/web"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// Token is what proves who asks.
type Token struct {
	ID       string         `json:"id"`
	State    run.TokenState `json:"state"`
	Name     string         `json:"name"`
	Role     run.Role       `json:"role"`
	By       string         `json:"by,omitempty"` // who made it
	Created  time.Time      `json:"created"`
	Expires  *time.Time     `json:"expires"`   // null: never
	LastUsed *time.Time     `json:"last_used"` // to the minute; null: never
	Revoked  *time.Time     `json:"revoked,omitempty"`
	// Secret is the token itself, in the answer to its creation alone: the agent
	// does not have it.
	Secret string `json:"token,omitempty"`
}

// TokenOrder says what token is to be made.
type TokenOrder struct {
	Name    string   `json:"name,omitempty"` // default: who asks
	Role    run.Role `json:"role"`
	Expires string   `json:"expires,omitempty"` // after how long, such as 90d, which is the default; "never"
}

// tokenLasts is how long a token counts unless it is said.
const tokenLasts = 90 * 24 * time.Hour

// longestToken is how long one counts at the most that does not count for ever: the
// database has no times after the year 2262.
const longestToken = 36500 * 24 * time.Hour

func (s *Server) tokenRoutes(mux *web.Mux) {
	mux.HandleFunc("GET /v1/tokens", s.answer(func(r *http.Request) (any, error) { return s.Tokens(r.Context()) }))
	mux.HandleFunc("POST /v1/tokens", s.answer(func(r *http.Request) (any, error) {
		var o TokenOrder
		if err := readOrder(r, &o); err != nil {
			return nil, err
		}
		return s.CreateToken(r.Context(), o, web.Who(r))
	}))
	mux.HandleFunc("POST /v1/tokens/{id}/revoke", s.answer(func(r *http.Request) (any, error) {
		return s.RevokeToken(r.Context(), r.PathValue("id"), web.Who(r))
	}))
}

// Tokens lists all tokens, the newest first.
func (s *Server) Tokens(ctx context.Context) ([]Token, error) {
	all, err := s.from.DB.Tokens(ctx)
	return convert(all, tokenOf), err
}

// CreateToken makes a token.
func (s *Server) CreateToken(ctx context.Context, o TokenOrder, by run.Actor) (Token, error) {
	if !slices.Contains(run.Roles, o.Role) {
		return Token{}, &badRequest{"a token needs a role: viewer, operator or admin"}
	}
	if !line(o.Name, longestName) {
		return Token{}, &badRequest{"a name has at most 64 printable characters"}
	}
	now := time.Now()
	made := run.Token{Name: o.Name, Role: o.Role, By: by.String(), Created: now}
	if made.Name == "" {
		made.Name = by.String()
	}
	switch lasts, err := sdk.ParseDuration(o.Expires); {
	case o.Expires == "":
		made.Expires = now.Add(tokenLasts)
	case o.Expires == "never":
	case err != nil || lasts <= 0 || lasts > longestToken:
		return Token{}, &badRequest{"expires has to be a time such as 90d, of at most 36500d, or never"}
	default:
		made.Expires = now.Add(lasts)
	}
	var secret string
	secret, made.ID, made.Hash = web.NewToken()
	e := run.Entry{At: now, Action: run.CreateToken, Thing: "token", ID: made.ID, Detail: string(made.Role) + " " + made.Name, After: string(run.TokenValid), By: by}
	if err := s.from.DB.AddToken(ctx, made, e); err != nil {
		return Token{}, err
	}
	shown := tokenOf(made)
	shown.Secret = secret
	return shown, nil
}

// RevokeToken has a token not count any more, nor the logins that it began.
func (s *Server) RevokeToken(ctx context.Context, id string, by run.Actor) (Token, error) {
	if _, err := s.from.DB.Token(ctx, id); err != nil {
		return Token{}, err
	}
	e := run.Entry{At: time.Now(), Action: run.RevokeToken, Thing: "token", ID: id, By: by}
	if err := s.from.DB.RevokeToken(ctx, e); err != nil {
		return Token{}, err
	}
	revoked, err := s.from.DB.Token(ctx, id)
	return tokenOf(revoked), err
}

func tokenOf(t run.Token) Token {
	return Token{
		ID: t.ID, State: t.State(time.Now()), Name: t.Name, Role: t.Role, By: t.By, Created: t.Created,
		Expires: when(t.Expires), LastUsed: when(t.Used), Revoked: when(t.Revoked),
	}
}

// Tokens lists all tokens, the newest first.
func (c *Client) Tokens(ctx context.Context) (all []Token, err error) {
	err = c.get(ctx, "/v1/tokens", &all)
	return all, err
}

// CreateToken makes a token, whose Secret the agent will not show again.
func (c *Client) CreateToken(ctx context.Context, o TokenOrder) (t Token, err error) {
	err = c.act(ctx, "/v1/tokens", o, &t)
	return t, err
}

// RevokeToken has a token not count any more.
func (c *Client) RevokeToken(ctx context.Context, id string) (t Token, err error) {
	err = c.act(ctx, "/v1/tokens/"+url.PathEscape(id)+"/revoke", Order{}, &t)
	return t, err
}
