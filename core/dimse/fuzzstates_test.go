package dimse

import (
	"bytes"
	"context"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

// steps are what a peer may send at any time, each whole.
func steps() [][]byte {
	one := uint16(1)
	store := commandSet{field: cStoreRQ, messageID: &one, dataSetType: withDataSet, sopClass: "1.2.3", sopInstance: "1.2.34"}
	echo := commandSet{field: cEchoRQ, messageID: &one, dataSetType: noDataSet, sopClass: dcm.Verification}
	user := pdu.UserInformation{MaxLength: 16384, ImplementationClass: "1.2"}
	fragment := func(last bool) []byte {
		return (&pdu.Data{PDVs: []pdu.PDV{{ContextID: 1, Last: last, Fragment: []byte("data")}}}).Append(nil)
	}
	return [][]byte{
		(&pdu.AssociateRQ{ProtocolVersion: 1, ApplicationContext: dcm.ApplicationContext, User: user,
			Contexts: []pdu.ContextRQ{{ID: 1, AbstractSyntax: "1.2.3", TransferSyntaxes: []dcm.UID{dcm.ImplicitVRLittleEndian}}}}).Append(nil),
		(&pdu.AssociateAC{ProtocolVersion: 1, ApplicationContext: dcm.ApplicationContext, User: user}).Append(nil),
		(&pdu.AssociateRJ{Result: 1, Source: 1, Reason: 1}).Append(nil),
		appendCommand(nil, 1, &echo, 1000),
		appendCommand(nil, 1, &store, 1000),
		fragment(false),
		fragment(true),
		(&pdu.ReleaseRQ{}).Append(nil),
		(&pdu.ReleaseRP{}).Append(nil),
		(&pdu.Abort{}).Append(nil),
		[]byte("\x0a\x00\x00\x00\x00\x04\x00\x00\x00\x00"), // no PDU
	}
}

// The indexes of steps.
const (
	stepRQ = iota
	_
	_
	stepEcho
	stepStore
	stepData
	stepLast
	stepRelease
	_
	stepAbort
	stepInvalid
)

// expected is what PS3.8 table 9-10 has a provider answer to a sequence of steps.
func expected(sequence []byte) (answers []pdu.Type) {
	const (
		sta2 = iota
		sta6
		within // an object, in Sta6
		sta13
		over // Sta13, where nothing more is answered
	)
	state := sta2
	answer := func(t pdu.Type, next int) { answers, state = append(answers, t), next }
	for _, step := range sequence {
		switch {
		case step == stepAbort, state == over:
			return answers
		case state == sta13:
			if step == stepRQ || step == stepInvalid {
				answer(pdu.TypeAbort, over)
			}
		case state == sta2 && step == stepRQ:
			answer(pdu.TypeAssociateAC, sta6)
		case state == sta6 && step == stepEcho, state == within && step == stepLast:
			answer(pdu.TypeData, sta6)
		case state == sta6 && step == stepStore, state == within && step == stepData:
			state = within
		case state == sta6 && step == stepRelease:
			answer(pdu.TypeReleaseRP, sta13)
		default:
			answer(pdu.TypeAbort, over)
		}
	}
	return answers
}

// RemoteAddr and the others make of a script a connection that can be served.
func (s *script) RemoteAddr() net.Addr { return &net.TCPAddr{} }
func (s *script) LocalAddr() net.Addr  { return &net.TCPAddr{} }
func (s *script) Close() error         { return nil }

// FuzzStates sends a provider any sequence of PDUs. It answers as the table of the
// standard says, and a session that began ends once.
func FuzzStates(f *testing.F) {
	f.Add([]byte{stepRQ, stepEcho, stepStore, stepData, stepLast, stepRelease})
	f.Add([]byte{stepRQ, stepRelease, stepData, stepRQ})
	f.Add([]byte{stepInvalid, stepRQ})
	f.Fuzz(func(t *testing.T, sequence []byte) {
		all := steps()
		var sent []byte
		for i := range sequence {
			sequence[i] %= byte(len(all))
			sent = append(sent, all[sequence[i]]...)
		}
		conn, y := &script{in: bytes.NewReader(sent)}, &tally{}
		s := &Server{NewSession: func(context.Context, *Association) (Session, *Reject) { return y, nil }, ARTIM: time.Minute}
		s.serveConn(t.Context(), t.Context(), conn)

		var answers []pdu.Type
		for {
			p, err := pdu.Read(&conn.out, 1<<20)
			if err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("what was answered: %v", err)
			}
			answers = append(answers, p.Type())
		}
		want := expected(sequence)
		if !slices.Equal(answers, want) {
			t.Errorf("%v is answered by %v, want %v", sequence, answers, want)
		}
		if begun := slices.Contains(want, pdu.TypeAssociateAC); begun != (y.ends == 1) || y.ends > 1 || y.wrong != nil {
			t.Errorf("%v: a session began: %v, and ended %d times: %v", sequence, begun, y.ends, y.wrong)
		}
	})
}

// FuzzUser plays what a provider may answer to a user, from its request for an
// association to its release. Whatever it is, each operation ends, and none
// succeeds after one that ended the association.
func FuzzUser(f *testing.F) {
	one, status := uint16(1), uint16(0)
	ac := (&pdu.AssociateAC{ProtocolVersion: 1, ApplicationContext: dcm.ApplicationContext, User: pdu.UserInformation{MaxLength: 100, ImplementationClass: "1.2"},
		Contexts: []pdu.ContextAC{{ID: 1, TransferSyntax: dcm.ImplicitVRLittleEndian}}}).Append(nil)
	stored := commandSet{field: cStoreRQ | responseBit, respondedTo: &one, dataSetType: noDataSet, status: &status}
	answer := appendCommand(bytes.Clone(ac), 1, &stored, 1000)
	f.Add((&pdu.ReleaseRP{}).Append(bytes.Clone(answer)))
	f.Add((&pdu.ReleaseRQ{}).Append(bytes.Clone(answer)))
	f.Add((&pdu.Abort{}).Append(bytes.Clone(ac)))
	f.Add((&pdu.AssociateRJ{Result: 1, Source: 1, Reason: 1}).Append(nil))
	rq, err := (&Dialer{}).request([]PresentationContext{{AbstractSyntax: "1.2.3", TransferSyntaxes: []dcm.UID{dcm.ImplicitVRLittleEndian}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		conn := &script{in: bytes.NewReader(b)}
		c := &Conn{stream: newStream(newWire(conn, strangerBuffer, time.Minute), 4096), contexts: map[contextKey]byte{}, releaseTimeout: time.Minute}
		if c.during(t.Context(), func() error { return c.negotiate(rq) }) != nil {
			return
		}
		_, err := c.Store(t.Context(), StoreMessage{SOPClassUID: "1.2.3", SOPInstanceUID: "1.2.34", TransferSyntaxUID: dcm.ImplicitVRLittleEndian,
			Data: bytes.NewReader([]byte("data")), Size: 4})
		broken := c.over != nil
		if broken && err == nil {
			t.Error("an object was stored on an association that is over")
		}
		if released := c.Release(t.Context()); broken && released == nil {
			t.Error("an association that is over was released")
		}
	})
}
