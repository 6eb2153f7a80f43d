package config

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
)

// DICOM is how objects are received and under which name they are sent.
type DICOM struct {
	AETitle dcm.AETitle
	Listener
	// Listeners are further ones, side by side with the first, which has no name.
	Listeners       []Listener
	MaxAssociations int // at once, on all listeners; 0: the default of the DICOM layer
	MaxPDU          int // bytes; 0: the default of the DICOM layer
	IdleTimeout     time.Duration
	SourcePort      int // of associations to destinations; 0: any
	Complete        flow.Complete
	OnAbort         OnAbort
	Peers           []Peer // without one that is not denied: anybody else
}

// Listener is an address on which associations are received.
type Listener struct {
	Name   string // "": the site's first listener
	Listen string // host:port
	// CheckCalledAE refuses associations that call another AE title than ours.
	CheckCalledAE bool
	// CalledAETitles are the AE titles that may be called; none: any, or ours alone
	// if that is checked.
	CalledAETitles []dcm.AETitle
	TLS            *ServerTLS // nil: no TLS
}

// Block names the block of a site's file that the listener is from.
func (l Listener) Block() string {
	if l.Name == "" {
		return "dicom"
	}
	return fmt.Sprintf("listener %q", l.Name)
}

// All returns all listeners, the first one first.
func (d *DICOM) All() []Listener { return append([]Listener{d.Listener}, d.Listeners...) }

// OnAbort says what becomes of the objects of an association that was aborted.
type OnAbort string

// The choices.
const (
	Hold    OnAbort = "hold"    // they wait as incomplete for an operator or the sender's next try
	Process OnAbort = "process" // they are an arrival like any other
	Discard OnAbort = "discard" // they are deleted
)

// Peer is who may send, or who may not: whoever has the AE title, if one is
// given, and one of the addresses, if some are given.
type Peer struct {
	Name      string
	AETitle   dcm.AETitle
	Addresses []netip.Prefix
	Deny      bool
	// CalledAETitles are the AE titles that it may call; none: those that the
	// listener takes.
	CalledAETitles  []dcm.AETitle
	MaxAssociations int // at once; 0: those of the site
	// Commitment says that it may ask for storage commitment; nil: it may not.
	Commitment *Commitment
}

// Commitment is where a peer gets the reports on its requests for storage
// commitment.
type Commitment struct {
	Host    string      // "": the address from which it asked
	Port    int         // 0: it is told on the association on which it asked, or not at all
	AETitle dcm.AETitle // "": the one with which it asked
	TLS     *ClientTLS  // nil: no TLS
}

// admits reports whether a peer with this AE title may send, from some address.
func (d *DICOM) admits(title dcm.AETitle) bool {
	admits := func(p Peer) bool { return !p.Deny && (p.AETitle == "" || p.AETitle == title) }
	return !slices.ContainsFunc(d.Peers, func(p Peer) bool { return !p.Deny }) || slices.ContainsFunc(d.Peers, admits)
}

// ServerTLS is how associations are encrypted.
type ServerTLS struct {
	CertFile     string
	KeyFile      string
	ClientCAFile string // "": clients need no certificate
	Profile      TLSProfile
}

// TLSProfile is a secure transport connection profile of PS3.15 annex B, as
// dcmtk names them.
type TLSProfile string

// The profiles. All have TLS 1.2 and 1.3, and nothing older: BCP 195 has given
// the versions before up (RFC 8996).
const (
	// BCP195 is PS3.15 §B.9, and the default: whatever cipher suites are secure.
	BCP195 TLSProfile = "bcp195"
	// BCP195NonDowngrading is PS3.15 §B.10: suites with forward secrecy and
	// authenticated encryption alone.
	BCP195NonDowngrading TLSProfile = "bcp195-nd"
	// BCP195Extended is PS3.15 §B.11: of those, the ones with AES and the curves
	// that it lists.
	BCP195Extended TLSProfile = "bcp195-ex"
)
