package testenv

import (
	"bytes"
	"net"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

// Raw is an association of a peer that keeps to no rule.
type Raw struct {
	net.Conn
	t testing.TB
}

// rawContext is the presentation context of a [Raw] peer: CT images in explicit
// VR little endian.
const rawContext = 1

// DialRaw has an association established and then says nothing.
func DialRaw(t testing.TB, address string) *Raw {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	request := &pdu.AssociateRQ{
		ProtocolVersion: pdu.ProtocolVersion1, CalledAE: "RADDEPLOY", CallingAE: CallingAE, ApplicationContext: dcm.ApplicationContext,
		Contexts: []pdu.ContextRQ{{ID: rawContext, AbstractSyntax: CT, TransferSyntaxes: []dcm.UID{dcm.ExplicitVRLittleEndian}}},
		User:     pdu.UserInformation{MaxLength: 16384, ImplementationClass: "1.2"},
	}
	r := &Raw{conn, t}
	r.Say(request.Append(nil))
	if got := r.Hear(); got.Type() != pdu.TypeAssociateAC {
		t.Fatalf("%v came as the answer to A-ASSOCIATE-RQ", got.Type())
	}
	return r
}

// Say sends bytes.
func (r *Raw) Say(b []byte) {
	r.t.Helper()
	if _, err := r.Write(b); err != nil {
		r.t.Fatal(err)
	}
}

// Hear reads the next PDU.
func (r *Raw) Hear() pdu.PDU {
	r.t.Helper()
	got, err := pdu.Read(r, 1<<20)
	if err != nil {
		r.t.Fatalf("read PDU: %v", err)
	}
	return got
}

// Ask sends a C-STORE-RQ of a CT image (PS3.7 §9.3.1.1). An instance "" is left
// out.
func (r *Raw) Ask(instance dcm.UID) {
	r.t.Helper()
	elements := [][]byte{
		element(0x0002, padded(string(CT))),
		element(0x0100, []byte{0x01, 0x00}), // C-STORE-RQ
		element(0x0110, []byte{0x01, 0x00}), // message id
		element(0x0700, []byte{0x00, 0x00}), // medium priority
		element(0x0800, []byte{0x01, 0x00}), // a data set follows
	}
	if instance != "" {
		elements = append(elements, element(0x1000, padded(string(instance))))
	}
	set := bytes.Join(elements, nil)
	length := uint32(len(set))
	group := element(0x0000, []byte{byte(length), byte(length >> 8), byte(length >> 16), byte(length >> 24)})
	r.Fragment(true, true, append(group, set...))
}

// Fragment sends a piece of a command or of a data set.
func (r *Raw) Fragment(command, last bool, b []byte) {
	r.t.Helper()
	data := &pdu.Data{PDVs: []pdu.PDV{{ContextID: rawContext, Command: command, Last: last, Fragment: b}}}
	r.Say(data.Append(nil))
}

// element is an element of a command set: implicit VR little endian, group 0000.
func element(number uint16, value []byte) []byte {
	b := appendTag(nil, uint32(number))
	b = append(b, byte(len(value)), byte(len(value)>>8), 0, 0)
	return append(b, value...)
}

func padded(uid string) []byte {
	if len(uid)%2 == 1 {
		uid += "\x00"
	}
	return []byte(uid)
}
