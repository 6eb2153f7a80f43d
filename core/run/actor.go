package run

// Actor is who asks for something.
type Actor struct {
	Name    string // a user's, or a token's; "": unknown
	Address string // the IP address that the request came from; "": the agent's own host, by its socket
	Token   string // the id of the token that proves who it is; "": no token
	Known   Known
	Role    Role
}

// String names the actor as well as is known.
func (a Actor) String() string {
	switch {
	case a.Name != "":
		return a.Name
	case a.Token != "":
		return a.Token
	case a.Address != "":
		return a.Address
	}
	return "unknown"
}

// Known says how an actor is known.
type Known string

// The ways, from the surest to none.
const (
	BySocket  Known = "socket"    // the kernel says whose process is at the other end
	ByToken   Known = "token"     // the request has a token
	ByLogin   Known = "login"     // a browser's session, begun with a token or at an identity provider
	Anonymous Known = "anonymous" // it came over loopback; the name is what the request says
)

// Proven reports whether something says who it is besides the request itself.
func (k Known) Proven() bool { return k == BySocket || k == ByToken || k == ByLogin }

// Role is what an actor may do. Each may what those before it may.
type Role string

// The roles.
const (
	Viewer   Role = "viewer"   // look at everything but pictures and the audit journal
	Operator Role = "operator" // look at pictures; act on runs, arrivals, flows, executors and destinations
	Admin    Role = "admin"    // reload, back up, create tokens, read the audit journal
)

// Roles are all roles, from the least.
var Roles = []Role{Viewer, Operator, Admin}

// May reports whether a role includes another one. No role includes an unknown
// one, and an unknown role includes none.
func (r Role) May(needed Role) bool { return needed.rank() > 0 && r.rank() >= needed.rank() }

func (r Role) rank() int {
	for i, one := range Roles {
		if r == one {
			return i + 1
		}
	}
	return 0
}
