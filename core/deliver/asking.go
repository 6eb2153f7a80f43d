package deliver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/core/commitment"
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/scu"
)

// Terms says how the site asks a destination for storage commitment.
func (a *Associations) Terms(to run.Destination) (Terms, bool) {
	var all config.Destinations
	if a.Destinations != nil {
		all = a.Destinations()
	}
	known, ok := all.Of(to)
	return Terms{Within: known.CommitWithin, Wait: known.CommitWait}, ok && known.Commitment
}

// Ask asks for storage commitment on an association of its own (PS3.4 §J.3.2).
func (a *Associations) Ask(ctx context.Context, to run.Destination, requests []commitment.Request, wait time.Duration, take Take) error {
	dialer, _, err := a.Dialer(to)
	if err != nil {
		return &scu.NoAssociationError{Cause: err}
	}
	association, err := dialer.Dial(ctx, to.Address(), []dimse.PresentationContext{{
		AbstractSyntax:   dcm.StorageCommitment,
		TransferSyntaxes: []dcm.UID{dcm.ExplicitVRLittleEndian, dcm.ImplicitVRLittleEndian},
	}})
	if err != nil {
		return &scu.NoAssociationError{Cause: err}
	}
	defer association.Abort() // unless it is released
	contexts := association.Contexts()
	if len(contexts) == 0 {
		_ = association.Release(ctx)
		return problem.New("the destination does not offer storage commitment ("+string(dcm.StorageCommitment)+")",
			"enable it there, or remove commitment from the destination")
	}
	taken := 0
	association.Inform(func(ctx context.Context, r *dimse.EventRequest) dimse.Status {
		status := take(ctx, r)
		if !status.Failure() {
			taken++
		}
		return status
	})
	for _, request := range requests {
		syntax := contexts[0].TransferSyntax
		answer, err := association.Action(ctx, dimse.Notice{
			SOPClassUID: dcm.StorageCommitment, SOPInstanceUID: dcm.StorageCommitmentInstance, Type: commitment.ActionRequest,
			TransferSyntaxUID: syntax, Data: request.Encode(syntax),
		})
		if err != nil {
			return err
		}
		if answer.Status.Failure() {
			_ = association.Release(ctx)
			return fmt.Errorf("the destination answered %v", answer)
		}
	}
	if wait <= 0 { // it reports on associations of its own
		_ = association.Release(ctx)
		return nil
	}
	err = association.Listen(ctx, wait, func() bool { return taken >= len(requests) })
	if err == nil {
		_ = association.Release(ctx)
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	return nil // it took the requests; the report may come on another association
}

// CommitLine is apart from Line, so that results do not wait for reports; from a
// fixed local port it cannot be.
func (a *Associations) CommitLine(to run.Destination) string {
	if a.SourcePort != 0 {
		return a.Line(to)
	}
	return a.Line(to) + " commitment"
}
