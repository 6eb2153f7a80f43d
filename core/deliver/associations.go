package deliver

import (
	"context"
	"crypto/tls"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/scu"
)

// Associations sends files by C-STORE.
type Associations struct {
	CallingAE dcm.AETitle
	// SourcePort fixes the local port of every association, for firewalls; then
	// there is one association at a time. 0: any.
	SourcePort int
	// TLS says how associations with a destination are secured; nil, or a nil
	// result: they are not.
	TLS func(run.Destination) (*tls.Config, error)
}

// Send sends files over as many associations as they need, one after the other.
func (a *Associations) Send(ctx context.Context, to run.Destination, files Files, result func(int, scu.Outcome) error) error {
	dialer := &dimse.Dialer{CallingAE: a.CallingAE, CalledAE: to.AETitle, SourcePort: a.SourcePort}
	if a.TLS != nil {
		var err error
		if dialer.TLS, err = a.TLS(to); err != nil {
			return &scu.NoAssociationError{Cause: err}
		}
	}
	sender := &scu.Sender{Dialer: dialer, Address: to.Address(), Open: files.Open}
	return sender.Send(ctx, files.List, result)
}

// Line is the destination or, with a fixed source port, that port.
func (a *Associations) Line(to run.Destination) string {
	if a.SourcePort != 0 {
		return "source port"
	}
	return to.Address() + " " + string(to.AETitle)
}
