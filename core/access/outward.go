package access

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/scu"
	"github.com/raddeploy/raddeploy/sdk/suggest"
)

// ErrNoDestination says that the site names no such destination.
var ErrNoDestination = errors.New("the site has no such destination")

// Outward is how this site requests associations with destinations.
type Outward struct {
	CallingAE dcm.AETitle
	// SourcePort fixes the local port of every association, for firewalls; 0: any.
	SourcePort   int
	Destinations func() config.Destinations // nil: the site names none
	Peers        func() []config.Peer       // nil: the site names none
}

// Dialer returns what requests associations with a destination, and what the site
// says of it: of its name or, where a flow gives host and port, of those. A name
// that the site does not have any more is an error, because whether associations
// with it were secured is unknown.
func (o Outward) Dialer(to run.Destination) (*dimse.Dialer, config.Destination, error) {
	var all config.Destinations
	if o.Destinations != nil {
		all = o.Destinations()
	}
	known, ok := all.Of(to)
	if !ok {
		return nil, known, problem.New("the site has no destination "+to.Name+" any more", "add it again")
	}
	secured, err := ClientTLS(known.TLS)
	if err != nil {
		return nil, known, fmt.Errorf("destination %s: %w", cmp.Or(to.Name, to.Address()), err)
	}
	return &dimse.Dialer{
		CallingAE: cmp.Or(known.CallingAE, o.CallingAE), CalledAE: to.AETitle,
		MaxPDU: known.MaxPDU, Timeout: known.ConnectTimeout, ResponseTimeout: known.Timeout, ReleaseTimeout: known.ReleaseTimeout,
		TLS: secured, SourcePort: o.SourcePort,
	}, known, nil
}

// Reports returns what requests associations on which a peer is told what is
// committed to of what it asked for, and the address where it listens.
func (o Outward) Reports(to run.Sender) (*dimse.Dialer, string, error) {
	var peers []config.Peer
	if o.Peers != nil {
		peers = o.Peers()
	}
	address, err := netip.ParseAddr(to.Address)
	if err != nil {
		return nil, "", fmt.Errorf("address of a peer: %w", err)
	}
	known, ok := Peers{Peers: peers}.find(false, to.CallingAE, address)
	switch {
	case !ok || known.Commitment == nil:
		return nil, "", problem.New("no peer of the site that may ask for commitment is called "+orNothing(to.CallingAE)+" any more", "add it again")
	case known.Commitment.Port == 0:
		return nil, "", problem.New("it has ended the association on which it asked, and the site does not say where it listens",
			fmt.Sprintf("give the port in peer %q { commitment { port } }", known.Name))
	}
	c := known.Commitment
	secured, err := ClientTLS(c.TLS)
	if err != nil {
		return nil, "", fmt.Errorf("peer %s: commitment: %w", known.Name, err)
	}
	dialer := &dimse.Dialer{CallingAE: cmp.Or(to.CalledAE, o.CallingAE), CalledAE: cmp.Or(c.AETitle, to.CallingAE), TLS: secured, ResponseTimeout: reportTimeout}
	return dialer, net.JoinHostPort(cmp.Or(c.Host, to.Address), strconv.Itoa(c.Port)), nil
}

// reportTimeout is for a peer to answer a report.
const reportTimeout = time.Minute

// Check looks at a destination that the site names, as it would be sent to.
func (o Outward) Check(ctx context.Context, name string) (*scu.Checked, error) {
	all := o.Destinations()
	known, ok := all.Named(name)
	if !ok {
		return nil, unknown(name, all)
	}
	dialer, _, err := o.Dialer(known.ForRuns())
	if err != nil {
		return nil, err
	}
	return scu.Check(ctx, dialer, known.ForRuns().Address()), nil
}

func unknown(name string, all config.Destinations) error {
	var names []string
	for _, one := range all {
		names = append(names, one.Name)
	}
	err := fmt.Errorf("%w: %q", ErrNoDestination, name)
	return &problem.Error{Cause: err, Advice: suggest.Hint(name, names, "those of the site's file are "+strings.Join(names, ", "))}
}
