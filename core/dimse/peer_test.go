package dimse_test

import (
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

// peer is a connection whose other side does whatever a test wants, right or wrong.
type peer struct {
	net.Conn
	t testing.TB
}

const (
	echoContext  byte = 1
	imageContext byte = 3
)

// connectRaw connects and says nothing.
func connectRaw(t testing.TB, addr string) *peer {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return &peer{conn, t}
}

func associateRQ() *pdu.AssociateRQ {
	return &pdu.AssociateRQ{
		ProtocolVersion: pdu.ProtocolVersion1, CalledAE: "SCP", CallingAE: "RAW", ApplicationContext: dcm.ApplicationContext,
		Contexts: []pdu.ContextRQ{
			{ID: echoContext, AbstractSyntax: dcm.Verification, TransferSyntaxes: []dcm.UID{dcm.ImplicitVRLittleEndian}},
			{ID: imageContext, AbstractSyntax: ctImage, TransferSyntaxes: []dcm.UID{dcm.ExplicitVRLittleEndian}},
		},
		User: pdu.UserInformation{MaxLength: 16384, ImplementationClass: "1.2"},
	}
}

// connectPeer connects and has an association established.
func connectPeer(t testing.TB, addr string) *peer {
	t.Helper()
	p := connectRaw(t, addr)
	p.send(associateRQ().Append(nil))
	if got := p.read(); got.Type() != pdu.TypeAssociateAC {
		t.Fatalf("%v came as answer to A-ASSOCIATE-RQ", got.Type())
	}
	return p
}

func (p *peer) send(b []byte) {
	p.t.Helper()
	if _, err := p.Write(b); err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) read() pdu.PDU {
	p.t.Helper()
	got, err := pdu.Read(p, 1<<20)
	if err != nil {
		p.t.Fatalf("read PDU: %v", err)
	}
	return got
}

// expectAbort reads A-ABORT and then the end of the connection once this side
// has closed its half.
func (p *peer) expectAbort(source pdu.AbortSource, reason pdu.AbortReason) {
	p.t.Helper()
	got := p.read()
	if want := (pdu.Abort{Source: source, Reason: reason}); got.Type() != pdu.TypeAbort || *got.(*pdu.Abort) != want {
		p.t.Errorf("%v %+v came, want A-ABORT %+v", got.Type(), got, want)
	}
	p.expectClose()
}

func (p *peer) expectClose() {
	p.t.Helper()
	if err := p.Conn.(*net.TCPConn).CloseWrite(); err != nil {
		return // the other side has closed it
	}
	if n, err := io.Copy(io.Discard, p); n != 0 || err != nil {
		p.t.Errorf("%d bytes and %v came before the connection was closed", n, err)
	}
}

// expectStatus reads a response and checks what it answers and how.
func (p *peer) expectStatus(field, messageID, status uint16) {
	p.t.Helper()
	got := p.read()
	data, ok := got.(*pdu.Data)
	if !ok || len(data.PDVs) != 1 || !data.PDVs[0].Command || !data.PDVs[0].Last {
		p.t.Fatalf("%v %+v came, want one response", got.Type(), got)
	}
	c := parse(data.PDVs[0].Fragment)
	if c[0x0100] != field || c[0x0120] != messageID || c[0x0900] != status {
		p.t.Errorf("response %04X to message %d with status %04X came, want %04X to %d with %04X",
			c[0x0100], c[0x0120], c[0x0900], field, messageID, status)
	}
}

// release ends the association in order.
func (p *peer) release() {
	p.t.Helper()
	p.send((&pdu.ReleaseRQ{}).Append(nil))
	if got := p.read(); got.Type() != pdu.TypeReleaseRP {
		p.t.Errorf("%v came as answer to A-RELEASE-RQ", got.Type())
	}
	p.expectClose()
}

// parse returns the two-byte elements of a command set.
func parse(b []byte) map[uint16]uint16 {
	numbers := map[uint16]uint16{}
	for len(b) >= 8 {
		elem, length := binary.LittleEndian.Uint16(b[2:]), binary.LittleEndian.Uint32(b[4:])
		if length == 2 {
			numbers[elem] = binary.LittleEndian.Uint16(b[8:])
		}
		b = b[8+length:]
	}
	return numbers
}

// elements of command sets, written out by hand from PS3.7 §E.1

func text(elem uint16, value string) []byte {
	if len(value)%2 != 0 {
		value += "\x00"
	}
	b := binary.LittleEndian.AppendUint16([]byte{0, 0}, elem)
	return append(binary.LittleEndian.AppendUint32(b, uint32(len(value))), value...)
}

func number(elem, value uint16) []byte {
	return text(elem, string(binary.LittleEndian.AppendUint16(nil, value)))
}

func set(elements ...[]byte) []byte {
	var b []byte
	for _, e := range elements {
		b = append(b, e...)
	}
	return append(text(0x0000, string(binary.LittleEndian.AppendUint32(nil, uint32(len(b))))), b...)
}

// storeRQ is a complete C-STORE-RQ of a CT image.
func storeRQ(messageID uint16, instance string) []byte {
	return set(text(0x0002, string(ctImage)), number(0x0100, 0x0001), number(0x0110, messageID), number(0x0700, 0),
		number(0x0800, 0x0001), text(0x1000, instance))
}

func echoRQ(messageID uint16) []byte {
	return set(text(0x0002, string(dcm.Verification)), number(0x0100, 0x0030), number(0x0110, messageID), number(0x0800, 0x0101))
}

func fragment(id byte, command, last bool, b []byte) []byte {
	return (&pdu.Data{PDVs: []pdu.PDV{{ContextID: id, Command: command, Last: last, Fragment: b}}}).Append(nil)
}

func command(id byte, set []byte) []byte { return fragment(id, true, true, set) }

func join(parts ...[]byte) []byte {
	var b []byte
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}
