package deliver

import (
	"context"
	"os"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/decompress"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/scu"
)

// Associations sends files by C-STORE.
type Associations struct {
	// Dialer returns what requests associations with a destination, and what the
	// site says of that.
	Dialer func(run.Destination) (*dimse.Dialer, config.Destination, error)
	// SourcePort is the local port of every association; 0: any. Then there is one
	// association at a time with each address.
	SourcePort int
	// Destinations are those that the site names; nil: none.
	Destinations func() config.Destinations
	// Room returns how many bytes uncompressed objects may take of the disk now, or
	// why none; nil: as many as they need.
	Room func() (uint64, error)
}

// Send sends files over as many associations as they need: one after the other,
// or as many at once as the destination is said to take.
func (a *Associations) Send(ctx context.Context, to run.Destination, files Files, report scu.Report) error {
	dialer, known, err := a.Dialer(to)
	if err != nil {
		return &scu.NoAssociationError{Cause: err}
	}
	sender := &scu.Sender{Dialer: dialer, Address: to.Address(), Open: files.Open, Associations: known.Associations}
	if a.SourcePort != 0 {
		sender.Associations = 1
	}
	if known.Decompress {
		sender.Decompress = func(ctx context.Context, in *os.File, syntax dcm.UID) (*os.File, error) {
			return decompress.File(ctx, in, syntax, decompress.Room{Dir: files.Dir, Free: a.Room})
		}
	}
	return sender.Send(ctx, files.List, report)
}

// Line is the destination. From a fixed local port it is only its address, which
// then is all that tells one association from another.
func (a *Associations) Line(to run.Destination) string {
	if a.SourcePort != 0 {
		return to.Address()
	}
	return to.Address() + " " + string(to.AETitle)
}
