package dimse

import (
	"fmt"

	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

// Reject is the refusal of an association (PS3.8 §9.3.4). Its constructors make
// the meaningful combinations.
type Reject struct {
	Result pdu.RejectResult
	Source pdu.RejectSource
	Reason byte
	Why    string // in words, for this side's log; a peer is only sent the rest
}

// Because returns the refusal with a reason in words.
func (r Reject) Because(format string, args ...any) *Reject {
	r.Why = fmt.Sprintf(format, args...)
	return &r
}

func reject(result pdu.RejectResult, source pdu.RejectSource, reason byte) *Reject {
	return &Reject{Result: result, Source: source, Reason: reason}
}

// CallingAENotRecognized refuses a peer that is not known.
func CallingAENotRecognized() *Reject { return reject(pdu.RejectedPermanent, pdu.RejectedByUser, 3) }

// CalledAENotRecognized refuses a peer that called another AE title than ours.
func CalledAENotRecognized() *Reject { return reject(pdu.RejectedPermanent, pdu.RejectedByUser, 7) }

// NoReasonGiven refuses for good without saying why.
func NoReasonGiven() *Reject { return reject(pdu.RejectedPermanent, pdu.RejectedByUser, 1) }

// TemporaryCongestion refuses for the moment.
func TemporaryCongestion() *Reject {
	return reject(pdu.RejectedTransient, pdu.RejectedByPresentation, 1)
}

// LocalLimitExceeded refuses for the moment because of a limit, such as of
// associations or of disk space.
func LocalLimitExceeded() *Reject {
	return reject(pdu.RejectedTransient, pdu.RejectedByPresentation, 2)
}

func applicationContextNotSupported() *Reject {
	return reject(pdu.RejectedPermanent, pdu.RejectedByUser, 2)
}

func protocolVersionNotSupported() *Reject {
	return reject(pdu.RejectedPermanent, pdu.RejectedByACSE, 2)
}

// Transient reports whether the same request may be accepted later.
func (r Reject) Transient() bool { return r.Result == pdu.RejectedTransient }

// String returns result and reason, such as "transient: local limit exceeded",
// and then the reason in words, if there is one.
func (r Reject) String() string {
	result := "permanent"
	if r.Transient() {
		result = "transient"
	}
	text := result + ": " + r.reason()
	if r.Why != "" {
		text += ": " + r.Why
	}
	return text
}

func (r Reject) reason() string {
	type key struct {
		source pdu.RejectSource
		reason byte
	}
	switch (key{r.Source, r.Reason}) {
	case key{pdu.RejectedByUser, 1}, key{pdu.RejectedByACSE, 1}:
		return "no reason given"
	case key{pdu.RejectedByUser, 2}:
		return "application context name not supported"
	case key{pdu.RejectedByUser, 3}:
		return "calling AE title not recognized"
	case key{pdu.RejectedByUser, 7}:
		return "called AE title not recognized"
	case key{pdu.RejectedByACSE, 2}:
		return "protocol version not supported"
	case key{pdu.RejectedByPresentation, 1}:
		return "temporary congestion"
	case key{pdu.RejectedByPresentation, 2}:
		return "local limit exceeded"
	}
	return fmt.Sprintf("source %d, reason %d", r.Source, r.Reason)
}
