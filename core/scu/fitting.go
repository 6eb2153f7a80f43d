package scu

import (
	"fmt"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/decompress"
	"github.com/raddeploy/raddeploy/core/dimse"
)

// accepted returns the first of an object's transfer syntaxes that the peer takes.
func accepted(association *dimse.Conn, o object) (dcm.UID, bool) {
	options := syntaxes(o.TransferSyntaxUID)
	i := slices.IndexFunc(options, func(syntax dcm.UID) bool { return association.Accepted(o.SOPClassUID, syntax) })
	if i < 0 {
		return "", false
	}
	return options[i], true
}

// notAccepted says in words why an object cannot be sent on an association: what
// the peer takes of its SOP class, and what can be done.
func (s *Sender) notAccepted(association *dimse.Conn, o object) string {
	class, syntax := o.SOPClassUID.Name(), o.TransferSyntaxUID.Name()
	var takes []string
	for _, c := range association.Contexts() {
		if c.AbstractSyntax == o.SOPClassUID {
			takes = append(takes, c.TransferSyntax.Name())
		}
	}
	if len(takes) == 0 {
		var offered []string
		for _, c := range missing(nil, o.File) {
			offered = append(offered, c.TransferSyntaxes[0].Name())
		}
		return fmt.Sprintf("the peer does not take %s (SOP class %s) in %s: enable it there", class, o.SOPClassUID, strings.Join(offered, " or "))
	}
	advice := "enable that at the peer, or have the model write uncompressed objects"
	if s.Decompress == nil && decompress.Can(o.TransferSyntaxUID) {
		advice = "enable that at the peer, have the model write uncompressed objects, or set decompress = true on the destination"
	}
	return fmt.Sprintf("the peer takes %s only in %s, and the object is in %s (transfer syntax %s): %s",
		class, strings.Join(takes, " and "), syntax, o.TransferSyntaxUID, advice)
}
