package scu

import (
	"context"
	"crypto/tls"
	"fmt"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/problem"
)

// Checked is what a node showed of itself when it was looked at.
type Checked struct {
	Steps   []Step
	Accepts []Accepted // the SOP classes that were asked for; none if there was no association
}

// OK reports whether every step went well.
func (c *Checked) OK() bool {
	for _, step := range c.Steps {
		if !step.OK {
			return false
		}
	}
	return true
}

// Step is one thing that was tried.
type Step struct {
	Name   string // association, TLS, echo, storage
	OK     bool
	Says   string // what was found, or why it failed
	Advice string // what to do if it failed; may be empty
}

// Accepted is a SOP class and in which transfer syntaxes the node takes it; none
// means that it does not.
type Accepted struct {
	SOPClass         dcm.UID
	TransferSyntaxes []dcm.UID
}

// Check looks at a node without sending it anything to keep: an association, with
// TLS if the dialer says so, one C-ECHO, and which storage SOP classes it takes in
// which transfer syntaxes.
func Check(ctx context.Context, dialer *dimse.Dialer, address string) *Checked {
	c, began := &Checked{}, time.Now()
	association, err := dialer.Dial(ctx, address, asked())
	if err != nil {
		c.failed("association", err)
		return c
	}
	c.secured(association.TLS())
	class, version := association.Peer()
	c.did("association", fmt.Sprintf("%s is there as %s, in %s: implementation %s, PDUs of %s", address, dialer.CalledAE,
		time.Since(began).Round(time.Millisecond), strings.TrimSpace(string(class)+" "+version), longest(association.PeerMaxPDU())))
	began = time.Now()
	switch status, err := association.Echo(ctx); {
	case err != nil:
		c.failed("echo", err)
	case status.Failure():
		c.failed("echo", fmt.Errorf("it answered %s", status))
	default:
		c.did("echo", fmt.Sprintf("answered in %s", time.Since(began).Round(100*time.Microsecond)))
	}
	c.storage(association)
	_ = association.Release(ctx) // all is known
	return c
}

func longest(pdu uint32) string {
	if pdu == 0 {
		return "any length"
	}
	return fmt.Sprintf("up to %d bytes", pdu)
}

func (c *Checked) did(step, says string) {
	c.Steps = append(c.Steps, Step{Name: step, OK: true, Says: says})
}

func (c *Checked) failed(step string, err error) {
	c.Steps = append(c.Steps, Step{Name: step, Says: problem.Reason(err), Advice: problem.Advice(err)})
}

func (c *Checked) secured(state *tls.ConnectionState) {
	if state == nil {
		return
	}
	says := fmt.Sprintf("%s, %s", tls.VersionName(state.Version), tls.CipherSuiteName(state.CipherSuite))
	if len(state.PeerCertificates) > 0 {
		says += fmt.Sprintf("; its certificate is good until %s", state.PeerCertificates[0].NotAfter.Format(time.DateOnly))
	}
	c.did("TLS", says)
}

// storage takes in which of the SOP classes that were asked for are accepted.
func (c *Checked) storage(association *dimse.Conn) {
	var some int
	for _, class := range askedClasses {
		a := Accepted{SOPClass: class}
		for _, syntax := range askedSyntaxes {
			if association.Accepted(class, syntax) {
				a.TransferSyntaxes = append(a.TransferSyntaxes, syntax)
			}
		}
		if len(a.TransferSyntaxes) > 0 {
			some++
		}
		c.Accepts = append(c.Accepts, a)
	}
	if some == 0 {
		c.failed("storage", problem.New("it takes none of the SOP classes that results mostly have", "enable storage from this title there"))
		return
	}
	c.did("storage", fmt.Sprintf("it takes %d of %d SOP classes that were asked for", some, len(askedClasses)))
}

// asked are the presentation contexts of a look: as many as an association has.
func asked() []dimse.PresentationContext {
	contexts := []dimse.PresentationContext{{AbstractSyntax: dcm.Verification, TransferSyntaxes: []dcm.UID{dcm.ImplicitVRLittleEndian}}}
	for _, class := range askedClasses {
		for _, syntax := range askedSyntaxes {
			contexts = append(contexts, dimse.PresentationContext{AbstractSyntax: class, TransferSyntaxes: []dcm.UID{syntax}})
		}
	}
	return contexts
}

var askedSyntaxes = []dcm.UID{
	dcm.ExplicitVRLittleEndian,
	dcm.ImplicitVRLittleEndian,
	"1.2.840.10008.1.2.4.50", // JPEG baseline
	"1.2.840.10008.1.2.4.70", // JPEG lossless
	"1.2.840.10008.1.2.4.80", // JPEG-LS lossless
	"1.2.840.10008.1.2.4.90", // JPEG 2000 lossless
	"1.2.840.10008.1.2.5",    // RLE
}

var askedClasses = []dcm.UID{
	"1.2.840.10008.5.1.4.1.1.2",     // CT
	"1.2.840.10008.5.1.4.1.1.2.1",   // enhanced CT
	"1.2.840.10008.5.1.4.1.1.4",     // MR
	"1.2.840.10008.5.1.4.1.1.4.1",   // enhanced MR
	"1.2.840.10008.5.1.4.1.1.128",   // PET
	"1.2.840.10008.5.1.4.1.1.6.1",   // ultrasound
	"1.2.840.10008.5.1.4.1.1.1.1",   // digital X-ray, for presentation
	"1.2.840.10008.5.1.4.1.1.7",     // secondary capture
	"1.2.840.10008.5.1.4.1.1.66.4",  // segmentation
	"1.2.840.10008.5.1.4.1.1.481.3", // RT structure set
	"1.2.840.10008.5.1.4.1.1.481.2", // RT dose
	"1.2.840.10008.5.1.4.1.1.481.5", // RT plan
	"1.2.840.10008.5.1.4.1.1.88.11", // basic text SR
	"1.2.840.10008.5.1.4.1.1.88.22", // enhanced SR
	"1.2.840.10008.5.1.4.1.1.88.33", // comprehensive SR
	"1.2.840.10008.5.1.4.1.1.11.1",  // grayscale presentation state
	"1.2.840.10008.5.1.4.1.1.104.1", // encapsulated PDF
	"1.2.840.10008.5.1.4.1.1.66.1",  // registration
}
