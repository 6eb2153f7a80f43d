package pdu_test

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

// samples are one or more of each of the seven PDUs.
func samples() map[string]pdu.PDU {
	return map[string]pdu.PDU{
		"A-ASSOCIATE-RQ": &pdu.AssociateRQ{
			ProtocolVersion:    pdu.ProtocolVersion1,
			CalledAE:           "RadDeploy",
			CallingAE:          "SIXTEEN_LETTERS_",
			ApplicationContext: dcm.ApplicationContext,
			Contexts: []pdu.ContextRQ{
				{ID: 1, AbstractSyntax: dcm.Verification, TransferSyntaxes: []dcm.UID{dcm.ImplicitVRLittleEndian}},
				{ID: 255, AbstractSyntax: "1.2.3", TransferSyntaxes: []dcm.UID{dcm.ExplicitVRLittleEndian, dcm.ExplicitVRBigEndian}},
			},
			User: pdu.UserInformation{
				MaxLength:             16384,
				ImplementationClass:   dcm.ImplementationClass,
				ImplementationVersion: dcm.ImplementationVersion,
				AsyncWindow:           &pdu.AsyncWindow{Invoked: 16, Performed: 1},
				Roles:                 []pdu.Roles{{SOPClass: "1.2.3", Provider: true}, {SOPClass: "1.2.34", User: true, Provider: true}},
			},
		},
		"A-ASSOCIATE-AC": &pdu.AssociateAC{
			ProtocolVersion:    pdu.ProtocolVersion1,
			CalledAE:           "A",
			CallingAE:          "B",
			ApplicationContext: dcm.ApplicationContext,
			Contexts: []pdu.ContextAC{
				{ID: 1, TransferSyntax: dcm.ImplicitVRLittleEndian},
				{ID: 3, Result: pdu.AbstractSyntaxUnsupported},
			},
			User: pdu.UserInformation{MaxLength: 0, ImplementationClass: "1.2"},
		},
		"A-ASSOCIATE-RJ": &pdu.AssociateRJ{Result: pdu.RejectedTransient, Source: pdu.RejectedByPresentation, Reason: 2},
		"P-DATA-TF": &pdu.Data{PDVs: []pdu.PDV{
			{ContextID: 1, Command: true, Last: true, Fragment: []byte("command")},
			{ContextID: 1, Fragment: []byte{}},
			{ContextID: 1, Last: true, Fragment: []byte("data")},
		}},
		"A-RELEASE-RQ": &pdu.ReleaseRQ{},
		"A-RELEASE-RP": &pdu.ReleaseRP{},
		"A-ABORT":      &pdu.Abort{Source: pdu.AbortedByProvider, Reason: pdu.InvalidParameter},
	}
}

const maxData = 1 << 16

func TestRoundTrip(t *testing.T) {
	for name, want := range samples() {
		t.Run(name, func(t *testing.T) {
			if got := want.Type().String(); got != name {
				t.Errorf("type is %s", got)
			}
			encoded := want.Append([]byte("before"))[len("before"):]
			got, err := pdu.Read(iotest.OneByteReader(bytes.NewReader(encoded)), maxData)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-written +read):\n%s", diff)
			}
		})
	}
}

// The bytes of PDUs as other implementations send them, written out by hand
// from PS3.8 §9.3.
func TestEncoding(t *testing.T) {
	tests := map[string]struct {
		pdu  pdu.PDU
		want string
	}{
		"reject":  {&pdu.AssociateRJ{Result: pdu.RejectedPermanent, Source: pdu.RejectedByUser, Reason: 7}, "\x03\x00\x00\x00\x00\x04\x00\x01\x01\x07"},
		"request": {&pdu.ReleaseRQ{}, "\x05\x00\x00\x00\x00\x04\x00\x00\x00\x00"},
		"reply":   {&pdu.ReleaseRP{}, "\x06\x00\x00\x00\x00\x04\x00\x00\x00\x00"},
		"abort":   {&pdu.Abort{Source: pdu.AbortedByProvider, Reason: pdu.UnexpectedPDU}, "\x07\x00\x00\x00\x00\x04\x00\x00\x02\x02"},
		"data": {&pdu.Data{PDVs: []pdu.PDV{{ContextID: 5, Command: true, Last: true, Fragment: []byte("ab")}}},
			"\x04\x00\x00\x00\x00\x08\x00\x00\x00\x04\x05\x03ab"},
		"associate": {&pdu.AssociateRQ{ProtocolVersion: 1, CalledAE: "SCP", CallingAE: "SCU", ApplicationContext: "1.2",
			Contexts: []pdu.ContextRQ{{ID: 1, AbstractSyntax: "1.3", TransferSyntaxes: []dcm.UID{"1.4"}}},
			User:     pdu.UserInformation{MaxLength: 0x4000, ImplementationClass: "1.5"}},
			"\x01\x00\x00\x00\x00\x74" + "\x00\x01\x00\x00" + "SCP             " + "SCU             " + strings.Repeat("\x00", 32) +
				"\x10\x00\x00\x031.2" +
				"\x20\x00\x00\x12\x01\x00\x00\x00" + "\x30\x00\x00\x031.3" + "\x40\x00\x00\x031.4" +
				"\x50\x00\x00\x0f" + "\x51\x00\x00\x04\x00\x00\x40\x00" + "\x52\x00\x00\x031.5"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, string(test.pdu.Append(nil))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What peers may add or pad without being refused.
func TestTolerated(t *testing.T) {
	fixed := "\x00\x01\x00\x00" + "SCP\x00            " + "  SCU\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" + strings.Repeat("\xff", 32)
	body := fixed +
		"\x10\x00\x00\x061.2\x00\x00 " +
		"\x77\x00\x00\x02??" + // an item that no edition has
		"\x20\x00\x00\x19\x01\x00\x00\x00" + "\x30\x00\x00\x041.3\x00" + "\x41\x00\x00\x01?" + "\x40\x00\x00\x041.4 " +
		"\x50\x00\x00\x2b" + "\x51\x00\x00\x04\x00\x00\x40\x00" +
		"\x54\x00\x00\x07\x00\x031.3\x01\x00" + // role selection
		"\x54\x00\x00\x02\x00\x09" + // one that is cut
		"\x58\x00\x00\x08\x02\x01\x00\x01u\x00\x01p" + // user identity
		"\x55\x00\x00\x02V "
	got, err := pdu.Decode(pdu.TypeAssociateRQ, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	want := &pdu.AssociateRQ{
		ProtocolVersion: 1, CalledAE: "SCP", CallingAE: "SCU", ApplicationContext: "1.2",
		Contexts: []pdu.ContextRQ{{ID: 1, AbstractSyntax: "1.3", TransferSyntaxes: []dcm.UID{"1.4"}}},
		User:     pdu.UserInformation{MaxLength: 0x4000, ImplementationVersion: "V", Roles: []pdu.Roles{{SOPClass: "1.3", User: true}}},
	}
	if diff := cmp.Diff(pdu.PDU(want), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRefused(t *testing.T) {
	fixed := strings.Repeat("\x00", 68)
	tests := map[string]struct {
		bytes  string
		reason pdu.AbortReason
	}{
		"unknown type":              {"\x08\x00\x00\x00\x00\x04\x00\x00\x00\x00", pdu.UnrecognizedPDU},
		"type 0":                    {"\x00\x00\x00\x00\x00\x04\x00\x00\x00\x00", pdu.UnrecognizedPDU},
		"release of 5 bytes":        {"\x05\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00", pdu.InvalidParameter},
		"abort of 4 GiB":            {"\x07\x00\xff\xff\xff\xff\x00\x00\x00\x00", pdu.InvalidParameter},
		"associate of 67 bytes":     {"\x01\x00\x00\x00\x00\x43" + fixed, pdu.InvalidParameter},
		"associate of 2 MiB":        {"\x01\x00\x00\x20\x00\x00" + fixed, pdu.InvalidParameter},
		"data longer than maximum":  {"\x04\x00\x00\x01\x00\x01\x00", pdu.InvalidParameter},
		"data without a PDV":        {"\x04\x00\x00\x00\x00\x00", pdu.InvalidParameter},
		"PDV shorter than 2":        {"\x04\x00\x00\x00\x00\x06\x00\x00\x00\x01\x01\x00", pdu.InvalidParameter},
		"PDV longer than its PDU":   {"\x04\x00\x00\x00\x00\x06\x00\x00\x00\x03\x01\x00", pdu.InvalidParameter},
		"PDV of 4 GiB":              {"\x04\x00\x00\x00\x00\x06\xff\xff\xff\xff\x01\x00", pdu.InvalidParameter},
		"bytes after the last PDV":  {"\x04\x00\x00\x00\x00\x07\x00\x00\x00\x02\x01\x00\x00", pdu.InvalidParameter},
		"item that passes its PDU":  {"\x01\x00\x00\x00\x00\x48" + fixed + "\x10\x00\x00\x01", pdu.InvalidParameter},
		"half an item header":       {"\x01\x00\x00\x00\x00\x46" + fixed + "\x10\x00", pdu.InvalidParameter},
		"even context id":           {"\x01\x00\x00\x00\x00\x4c" + fixed + "\x20\x00\x00\x04\x02\x00\x00\x00", pdu.InvalidParameter},
		"context without an id":     {"\x01\x00\x00\x00\x00\x48" + fixed + "\x20\x00\x00\x00", pdu.InvalidParameter},
		"maximum length of 2 bytes": {"\x01\x00\x00\x00\x00\x4e" + fixed + "\x50\x00\x00\x06\x51\x00\x00\x02\x00\x00", pdu.InvalidParameter},
		"answer without a result":   {"\x02\x00\x00\x00\x00\x49" + fixed + "\x21\x00\x00\x01\x01", pdu.InvalidParameter},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := pdu.Read(strings.NewReader(test.bytes), maxData)
			var format *pdu.FormatError
			if !errors.As(err, &format) {
				t.Fatalf("error is %v, not a format error", err)
			}
			if format.Reason != test.reason {
				t.Errorf("reason is %d, not %d (%v)", format.Reason, test.reason, err)
			}
		})
	}
}

func TestEndOfStream(t *testing.T) {
	for name, p := range samples() {
		encoded := p.Append(nil)
		for n := range encoded {
			_, err := pdu.Read(bytes.NewReader(encoded[:n]), maxData)
			if n == 0 && err != io.EOF || n > 0 && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%s cut after %d bytes: %v", name, n, err)
			}
		}
	}
}

// A length from the wire alone costs no memory.
func TestLengthIsNotAllocated(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 100 {
		if _, err := pdu.Read(strings.NewReader("\x01\x00\x00\x10\x00\x00\x00\x01"), maxData); err == nil {
			t.Fatal("a PDU of two bytes was read as one of a MiB")
		}
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 4<<20 {
		t.Errorf("%d bytes allocated for 100 PDUs that announced a MiB each and had two bytes", grown)
	}
}
