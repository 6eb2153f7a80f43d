package scu

import (
	"context"
	"fmt"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
)

// Echo asks a node whether it is there: an association of its own with one
// C-ECHO (PS3.4 Annex A, PS3.7 §9.1.5). The error is nil only if the node
// answered with success or a warning.
func Echo(ctx context.Context, dialer *dimse.Dialer, address string) error {
	association, err := dialer.Dial(ctx, address, []dimse.PresentationContext{{
		AbstractSyntax:   dcm.Verification,
		TransferSyntaxes: []dcm.UID{dcm.ImplicitVRLittleEndian},
	}})
	if err != nil {
		return err
	}
	status, err := association.Echo(ctx)
	if err != nil {
		return err
	}
	_ = association.Release(ctx) // the answer is here
	if status.Failure() {
		return fmt.Errorf("%s answered %s", address, status)
	}
	return nil
}
