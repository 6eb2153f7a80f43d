package web

import (
	"context"
	"net"
	"net/http"

	"github.com/raddeploy/raddeploy/core/run"
)

type whoKey struct{}

// With returns a context that says who asks.
func With(ctx context.Context, who run.Actor) context.Context {
	return context.WithValue(ctx, whoKey{}, who)
}

// Who is who asks. Of a request that no [Guard] has seen only the address is
// known, and it has no role.
func Who(r *http.Request) run.Actor {
	if who, ok := r.Context().Value(whoKey{}).(run.Actor); ok {
		return who
	}
	return run.Actor{Address: addressOf(r)}
}

// addressOf is the IP address that a request came from.
func addressOf(r *http.Request) string {
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return address
}
