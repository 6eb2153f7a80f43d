package scu

import (
	"fmt"
	"strings"

	"github.com/raddeploy/raddeploy/core/dimse"
)

// notAccepted says in words why an object cannot be sent on an association: what
// the peer takes of its SOP class, and what can be done.
func notAccepted(association *dimse.Conn, o object) string {
	class, syntax := o.SOPClassUID.Name(), o.TransferSyntaxUID.Name()
	var takes []string
	for _, c := range association.Contexts() {
		if c.AbstractSyntax == o.SOPClassUID {
			takes = append(takes, c.TransferSyntax.Name())
		}
	}
	if len(takes) == 0 {
		return fmt.Sprintf("the peer does not take %s (SOP class %s), in %s or uncompressed: enable it there", class, o.SOPClassUID, syntax)
	}
	return fmt.Sprintf("the peer takes %s only in %s, and the object is in %s (transfer syntax %s): enable that at the peer, or have the model write uncompressed objects",
		class, strings.Join(takes, " and "), syntax, o.TransferSyntaxUID)
}
