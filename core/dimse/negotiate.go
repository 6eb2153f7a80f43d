package dimse

import (
	"fmt"
	"slices"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

// maxOperations is the largest asynchronous operations window that a provider
// grants.
const maxOperations = 16

// offer is what this side accepts of a peer.
type offer struct {
	accepts func(dcm.UID) bool
	service func(dcm.UID) Roles
}

// answer negotiates the presentation contexts: each abstract syntax that the
// offer has is accepted, in whatever transfer syntax is the best proposed, since
// objects are stored as they are sent.
func (o offer) answer(rq *pdu.AssociateRQ) ([]pdu.ContextAC, []AcceptedContext, error) {
	var answers []pdu.ContextAC
	var accepted []AcceptedContext
	var seen [256]bool
	for _, c := range rq.Contexts {
		if seen[c.ID] {
			return nil, nil, &pdu.FormatError{PDU: pdu.TypeAssociateRQ, Reason: pdu.InvalidParameter,
				Detail: fmt.Sprintf("presentation context id %d occurs twice", c.ID)}
		}
		seen[c.ID] = true
		a := pdu.ContextAC{ID: c.ID, TransferSyntax: dcm.ImplicitVRLittleEndian}
		switch ts := o.syntax(c); {
		case !c.AbstractSyntax.Valid() || !o.accepts(c.AbstractSyntax):
			a.Result = pdu.AbstractSyntaxUnsupported
		case ts == "":
			a.Result = pdu.TransferSyntaxesUnsupported
		default:
			a.TransferSyntax = ts
			accepted = append(accepted, AcceptedContext{c.ID, c.AbstractSyntax, ts})
		}
		answers = append(answers, a)
	}
	return answers, accepted, nil
}

// syntax is the transfer syntax that is taken of a context; "": none. A service's
// data sets are written by this side, too, and in no other than these two.
func (o offer) syntax(c pdu.ContextRQ) dcm.UID {
	if !o.service(c.AbstractSyntax).any() {
		return dcm.Preferred(c.TransferSyntaxes)
	}
	for _, ts := range []dcm.UID{dcm.ExplicitVRLittleEndian, dcm.ImplicitVRLittleEndian} {
		if contains(c.TransferSyntaxes, ts) {
			return ts
		}
	}
	return ""
}

// roles answers the role selection for the services of the offer. For other SOP
// classes it is left unanswered, so that the peer is their user.
func (o offer) roles(proposed []pdu.Roles) (answered []pdu.Roles) {
	for _, p := range proposed {
		if may := o.service(p.SOPClass); may.any() {
			answered = append(answered, pdu.Roles{SOPClass: p.SOPClass, User: p.User && may.User, Provider: p.Provider && may.Provider})
		}
	}
	return answered
}

// refused returns the abstract syntaxes that no context was accepted for, but
// none that is not valid: that may be any text, of any length.
func refused(rq *pdu.AssociateRQ, accepted []AcceptedContext) []dcm.UID {
	var uids []dcm.UID
	for _, c := range rq.Contexts {
		taken := slices.ContainsFunc(accepted, func(a AcceptedContext) bool { return a.AbstractSyntax == c.AbstractSyntax })
		if !taken && c.AbstractSyntax.Valid() && !slices.Contains(uids, c.AbstractSyntax) {
			uids = append(uids, c.AbstractSyntax)
		}
	}
	return uids
}

// window answers a proposed asynchronous operations window. nil in, nil out:
// not negotiated is one operation at a time. The acceptor never invokes
// operations, so the requestor performs at most one.
func window(proposed *pdu.AsyncWindow, limit int) (granted *pdu.AsyncWindow, operations int) {
	if proposed == nil {
		return nil, 1
	}
	operations = int(proposed.Invoked)
	if operations == 0 || operations > limit {
		operations = limit
	}
	return &pdu.AsyncWindow{Invoked: uint16(operations), Performed: 1}, operations
}

// implementation is what a peer says that it is, in printable ASCII.
func implementation(peer *pdu.UserInformation) (class dcm.UID, version string) {
	return dcm.UID(dcm.Printable(string(peer.ImplementationClass))), dcm.Printable(peer.ImplementationVersion)
}

// ourUserInformation is what both sides say of themselves.
func ourUserInformation(maxPDU uint32) pdu.UserInformation {
	return pdu.UserInformation{
		MaxLength:             maxPDU,
		ImplementationClass:   dcm.ImplementationClass,
		ImplementationVersion: dcm.ImplementationVersion,
	}
}
