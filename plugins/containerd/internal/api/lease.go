package api

import (
	"context"
	"time"

	"github.com/containerd/containerd/v2/core/leases"
)

// leaseLasts is how long what a lost process left half made is kept from
// containerd's garbage collector.
const leaseLasts = 2 * time.Hour

// Hold keeps what is made with the context from the garbage collector until
// done is called: then something else must refer to it. The lease bears the
// container's name.
func (e *Engine) Hold(ctx context.Context, name string) (held context.Context, done func(context.Context) error, err error) {
	all := e.client.LeasesService()
	lease, err := all.Create(ctx, leases.WithID(name), leases.WithExpiration(leaseLasts))
	if IsExists(err) { // left by an earlier process
		lease, err = leases.Lease{ID: name}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	return leases.WithLease(ctx, lease.ID), func(ctx context.Context) error { return unlessGone(all.Delete(ctx, lease)) }, nil
}

func (e *Engine) release(ctx context.Context, name string) error {
	return e.client.LeasesService().Delete(ctx, leases.Lease{ID: name})
}
