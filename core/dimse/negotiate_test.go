package dimse_test

import (
	"context"
	"errors"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

func TestContextsAreNegotiated(t *testing.T) {
	r := newRecorder()
	addr := serve(t, &dimse.Server{NewSession: r.NewSession})
	c := dial(t, &dimse.Dialer{CallingAE: "SCU", CalledAE: "SCP"}, addr, []dimse.PresentationContext{
		{AbstractSyntax: dcm.Verification, TransferSyntaxes: []dcm.UID{dcm.ImplicitVRLittleEndian}},
		{AbstractSyntax: ctImage, TransferSyntaxes: []dcm.UID{"1.2", jpegLossy}},
		{AbstractSyntax: ctImage, TransferSyntaxes: []dcm.UID{dcm.ExplicitVRBigEndian}},
		{AbstractSyntax: aPrivate, TransferSyntaxes: []dcm.UID{"1.2.3.4.5"}},
		{AbstractSyntax: "1.2.840.10008.1.20.1", TransferSyntaxes: []dcm.UID{dcm.ImplicitVRLittleEndian}},
		{AbstractSyntax: "1.2.840.10008.5.1.4.1.2.1.1", TransferSyntaxes: []dcm.UID{dcm.ImplicitVRLittleEndian}},
		{AbstractSyntax: "not a UID", TransferSyntaxes: []dcm.UID{dcm.ImplicitVRLittleEndian}},
		{AbstractSyntax: ctImage, TransferSyntaxes: []dcm.UID{"../.."}},
	})
	want := []dimse.AcceptedContext{
		{ID: 1, AbstractSyntax: dcm.Verification, TransferSyntax: dcm.ImplicitVRLittleEndian},
		{ID: 3, AbstractSyntax: ctImage, TransferSyntax: "1.2"},
		{ID: 5, AbstractSyntax: ctImage, TransferSyntax: dcm.ExplicitVRBigEndian},
		{ID: 7, AbstractSyntax: aPrivate, TransferSyntax: "1.2.3.4.5"},
	}
	if diff := cmp.Diff(want, c.Contexts()); diff != "" {
		t.Errorf("the user's contexts (-want +got):\n%s", diff)
	}
	a := <-r.opened
	if diff := cmp.Diff(want, a.Contexts); diff != "" {
		t.Errorf("the provider's contexts (-want +got):\n%s", diff)
	}
	if a.CallingAE != "SCU" || a.CalledAE != "SCP" || a.RemoteAddr.Addr() != netip.MustParseAddr("127.0.0.1") || a.Serial != 1 ||
		a.ImplementationClass != dcm.ImplementationClass || a.ImplementationVersion != dcm.ImplementationVersion {
		t.Errorf("association is %+v", a)
	}
	refused := []dcm.UID{"1.2.840.10008.1.20.1", "1.2.840.10008.5.1.4.1.2.1.1"} // what is no UID may be anything
	if diff := cmp.Diff(refused, a.Refused); diff != "" {
		t.Errorf("the abstract syntaxes that were refused (-want +got):\n%s", diff)
	}
	if class, version := c.Peer(); class != dcm.ImplementationClass || version != dcm.ImplementationVersion {
		t.Errorf("peer is %s, %s", class, version)
	}
	if !c.Accepted(ctImage, "1.2") || c.Accepted(ctImage, dcm.ImplicitVRLittleEndian) {
		t.Error("Accepted does not tell what was accepted")
	}
	_, err := c.Store(t.Context(), dimse.StoreMessage{SOPClassUID: ctImage, SOPInstanceUID: "1.2", TransferSyntaxUID: dcm.ImplicitVRLittleEndian,
		Data: pattern(10), Size: 10})
	if !errors.Is(err, dimse.ErrNoContext) {
		t.Errorf("Store without a context: %v", err)
	}
	if status, err := c.Echo(t.Context()); err != nil || !status.Success() {
		t.Errorf("after ErrNoContext: %v, %v", status, err)
	}
}

func TestStorable(t *testing.T) {
	tests := map[dcm.UID]bool{
		ctImage:                         true,
		aPrivate:                        true,
		"1.2.840.10008.5.1.4.1.1.104.1": true, // encapsulated PDF
		"1.2.840.10008.5.1.4.1.1.481.5": true, // RT plan
		"1.2.840.10008.5.1.4.1.1.200.1": true, // CT defined procedure protocol
		"1.2.840.10008.5.1.4.34.7":      true, // RT beams delivery instruction
		// RT brachy application setup delivery instruction
		"1.2.840.10008.5.1.4.34.10":          true,
		"1.2.840.10008.5.1.4.38.1":           true,  // hanging protocol
		"1.2.840.10008.5.1.4.43.1":           true,  // generic implant template
		"1.2.840.10008.5.1.1.27":             true,  // stored print
		"1.2.840.10008.1.20.1":               false, // storage commitment
		"1.2.840.10008.3.1.2.3.3":            false, // modality performed procedure step
		"1.2.840.10008.5.1.1.9":              false, // basic grayscale print management
		"1.2.840.10008.5.1.4.1.2.2.2":        false, // study root move
		"1.2.840.10008.5.1.4.31":             false, // modality worklist
		"1.2.840.10008.5.1.4.34.6.1":         false, // unified procedure step push
		"1.2.840.10008.5.1.4.43.2":           false, // generic implant template find
		"1.2.840.10008.5.1.4.1.1.200.4":      false, // defined procedure protocol find
		"1.2.840.10008.10":                   true,  // unknown to this edition
		"1.2.840.10008.5.1.4.1.1.9999.1.2.3": true,
	}
	for uid, want := range tests {
		if got := dimse.Storable(uid); got != want {
			t.Errorf("Storable(%s) = %v", uid, got)
		}
	}
}

func TestRejections(t *testing.T) {
	admit := func(rq *dimse.AssociateRequest) *dimse.Reject {
		switch {
		case rq.CalledAE != "SCP":
			return dimse.CalledAENotRecognized()
		case rq.CallingAE == "STRANGER":
			return dimse.CallingAENotRecognized()
		case len(rq.Contexts) != 2 || !rq.RemoteAddr.Addr().IsLoopback() || !rq.LocalAddr.IsValid():
			return dimse.NoReasonGiven()
		}
		return nil
	}
	newSession := func(_ context.Context, a *dimse.Association) (dimse.Session, *dimse.Reject) {
		return nil, dimse.LocalLimitExceeded()
	}
	tests := map[string]struct {
		server    *dimse.Server
		dialer    *dimse.Dialer
		want      dimse.Reject
		transient bool
	}{
		"called AE":  {&dimse.Server{Admit: admit}, &dimse.Dialer{CalledAE: "OTHER"}, dimse.Reject{Result: 1, Source: 1, Reason: 7}, false},
		"calling AE": {&dimse.Server{Admit: admit}, &dimse.Dialer{CalledAE: "SCP", CallingAE: "STRANGER"}, dimse.Reject{Result: 1, Source: 1, Reason: 3}, false},
		"by session": {&dimse.Server{Admit: admit, NewSession: newSession}, &dimse.Dialer{CalledAE: "SCP"}, dimse.Reject{Result: 2, Source: 3, Reason: 2}, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := test.dialer.Dial(t.Context(), serve(t, test.server), storage())
			var rejected *dimse.RejectedError
			if !errors.As(err, &rejected) || rejected.Reject != test.want || rejected.Transient() != test.transient {
				t.Errorf("Dial: %v", err)
			}
		})
	}
}

func TestRequestsThatAreNotDICOM(t *testing.T) {
	addr := serve(t, &dimse.Server{})
	tests := map[string]struct {
		change func(*pdu.AssociateRQ)
		want   pdu.AssociateRJ
	}{
		"protocol version":    {func(rq *pdu.AssociateRQ) { rq.ProtocolVersion = 2 }, pdu.AssociateRJ{Result: 1, Source: 2, Reason: 2}},
		"application context": {func(rq *pdu.AssociateRQ) { rq.ApplicationContext = "1.2.3" }, pdu.AssociateRJ{Result: 1, Source: 1, Reason: 2}},
		"maximum length":      {func(rq *pdu.AssociateRQ) { rq.User.MaxLength = 7 }, pdu.AssociateRJ{Result: 1, Source: 1, Reason: 1}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			rq := associateRQ()
			test.change(rq)
			p := connectRaw(t, addr)
			p.send(rq.Append(nil))
			if diff := cmp.Diff(pdu.PDU(&test.want), p.read()); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			p.expectClose()
		})
	}
}

// One association more than the limit is rejected as transient, and its place
// is free as soon as another has ended.
func TestLimitOfAssociations(t *testing.T) {
	addr := serve(t, &dimse.Server{MaxAssociations: 2})
	first := dial(t, &dimse.Dialer{}, addr, storage())
	dial(t, &dimse.Dialer{}, addr, storage())
	for range 3 {
		_, err := new(dimse.Dialer).Dial(t.Context(), addr, storage())
		var rejected *dimse.RejectedError
		if !errors.As(err, &rejected) || rejected.Reject != *dimse.LocalLimitExceeded() {
			t.Fatalf("third association: %v", err)
		}
	}
	if err := first.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The release is answered before its place is released, so the first try
	// may still be refused.
	for {
		c, err := new(dimse.Dialer).Dial(t.Context(), addr, storage())
		if err == nil {
			c.Abort()
			return
		}
		if !errors.As(err, new(*dimse.RejectedError)) {
			t.Fatal(err)
		}
	}
}
