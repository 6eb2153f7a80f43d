package run

import "time"

// Token is what proves to the agent who asks: a person's or a program's.
type Token struct {
	ID   string // public
	Name string
	Role Role
	// Hash is the SHA-256 of the token. The token itself is nowhere.
	Hash    []byte
	By      string // who made it
	Created time.Time
	Expires time.Time // zero: never
	Revoked time.Time // zero: it is not
	Used    time.Time // to the minute; zero: never
}

// TokenState is whether a token counts.
type TokenState string

// The states.
const (
	TokenValid   TokenState = "valid"
	TokenExpired TokenState = "expired"
	TokenRevoked TokenState = "revoked"
)

// State is whether the token counts at a time.
func (t Token) State(now time.Time) TokenState {
	switch {
	case !t.Revoked.IsZero():
		return TokenRevoked
	case !t.Expires.IsZero() && !now.Before(t.Expires):
		return TokenExpired
	}
	return TokenValid
}

// Session is a browser that has logged in.
type Session struct {
	ID      string // public: the beginning of the hash
	Hash    []byte // the SHA-256 of what its cookie has
	Name    string
	Role    Role
	Token   string // the id of the token that it was begun with; "": at an identity provider
	Expires time.Time
}
