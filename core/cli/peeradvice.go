package cli

import (
	"crypto/x509"
	"errors"
	"strings"

	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/problem"
)

// advised adds to the error of an association which flag would mend it, unless the
// error has advice of its own.
func (p *peerFlags) advised(err error) error {
	if err == nil || problem.Advice(err) != "" {
		return err
	}
	if advice := p.advice(err); advice != "" {
		return &problem.Error{Cause: err, Advice: advice}
	}
	return err
}

func (p *peerFlags) advice(err error) string {
	var rejected *dimse.RejectedError
	var name x509.HostnameError
	switch {
	case errors.As(err, &rejected):
		return rejectedAdvice(rejected.Reject)
	case errors.As(err, new(x509.UnknownAuthorityError)):
		if p.caFile == "" {
			return "give the certificate of the authority that signed the node's with -ca FILE"
		}
		return p.caFile + " has another authority than the one that signed the node's certificate"
	case errors.As(err, &name):
		return "call the node by a name or an address that its certificate has"
	case !wantsCertificate(err):
		return ""
	case p.certFile == "":
		return "the node may want a certificate of ours: give -cert FILE and -key FILE"
	default:
		return "the node does not accept " + p.certFile + ": look at who signed it, and until when it is valid"
	}
}

func rejectedAdvice(r dimse.Reject) string {
	switch r {
	case *dimse.CalledAENotRecognized():
		return "give the node's own AE title with -aec TITLE"
	case *dimse.CallingAENotRecognized():
		return "give an AE title that the node knows with -aet TITLE"
	}
	return ""
}

// wantsCertificate says whether a node ended the handshake because it does not
// accept our certificate, or had none. crypto/tls has what it says as a text alone:
// "certificate required" in TLS 1.3, "bad certificate" and others before. Some nodes
// say only that the handshake failed.
func wantsCertificate(err error) bool {
	_, alert, ok := strings.Cut(err.Error(), "remote error: tls: ")
	return ok && (strings.Contains(alert, "certificate") || strings.Contains(alert, "handshake failure"))
}
