package dimse

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

// FuzzParseCommand parses what may be a command set. What is one survives being
// encoded and parsed again.
func FuzzParseCommand(f *testing.F) {
	one := uint16(1)
	for _, c := range []commandSet{
		{field: cEchoRQ, messageID: &one, dataSetType: noDataSet, sopClass: dcm.Verification},
		{field: cStoreRQ, messageID: &one, priority: &one, dataSetType: withDataSet, sopClass: "1.2.3", sopInstance: "1.2.34"},
		{field: cStoreRQ | responseBit, respondedTo: &one, dataSetType: noDataSet, status: &one, comment: "odd"},
		{field: nActionRQ, messageID: &one, dataSetType: withDataSet, sopClass: "1.2.3", sopInstance: "1.2.34", actionType: &one},
		{field: nEventRQ, messageID: &one, dataSetType: withDataSet, sopClass: "1.2.3", sopInstance: "1.2.34", eventType: &one},
	} {
		f.Add(c.append(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		first, err := parseCommand(b)
		if err != nil {
			return
		}
		second, err := parseCommand(first.append(nil))
		if err != nil {
			t.Fatalf("parse again: %v", err)
		}
		if len(first.comment)%2 != 0 {
			first.comment += " "
		}
		if diff := cmp.Diff(first, second, cmp.AllowUnexported(commandSet{})); diff != "" {
			t.Errorf("(-first +second):\n%s", diff)
		}
	})
}

// script is a connection whose other side has sent everything that it will ever
// send.
type script struct {
	net.Conn
	in  io.Reader
	out bytes.Buffer
}

func (s *script) Read(p []byte) (int, error)       { return s.in.Read(p) }
func (s *script) Write(p []byte) (int, error)      { return s.out.Write(p) }
func (s *script) SetDeadline(time.Time) error      { return nil }
func (s *script) SetReadDeadline(time.Time) error  { return nil }
func (s *script) SetWriteDeadline(time.Time) error { return nil }

// tally counts what a session gets.
type tally struct {
	wrong    error
	ends     int
	released bool
}

func (y *tally) Store(_ context.Context, r *StoreRequest) Status {
	n, err := r.Data.WriteTo(io.Discard)
	if _, again := r.Data.Read(make([]byte, 1)); err == nil && again != io.EOF {
		y.wrong = errors.New("a data set goes on after its end")
	}
	if !r.SOPInstanceUID.Valid() || !r.SOPClassUID.Valid() || n < 0 {
		y.wrong = errors.New("a session got an invalid UID")
	}
	return Success
}

func (y *tally) Released(context.Context) error { y.ends++; y.released = true; return nil }
func (y *tally) Aborted(error)                  { y.ends++ }

// FuzzProvider plays what a peer may send on an established association.
// Whatever it is, the session ends once, and what is answered is a sequence of
// PDUs.
func FuzzProvider(f *testing.F) {
	one := uint16(1)
	store := commandSet{field: cStoreRQ, messageID: &one, dataSetType: withDataSet, sopClass: "1.2.3", sopInstance: "1.2.34"}
	echo := commandSet{field: cEchoRQ, messageID: &one, dataSetType: noDataSet, sopClass: dcm.Verification}
	whole := appendCommand(nil, 1, &store, 20)
	whole = append(whole, (&pdu.Data{PDVs: []pdu.PDV{{ContextID: 1, Fragment: []byte("da")}, {ContextID: 1, Last: true, Fragment: []byte("ta")}}}).Append(nil)...)
	f.Add(append(appendCommand(whole, 1, &echo, 1000), (&pdu.ReleaseRQ{}).Append(nil)...), byte(1))
	f.Add(append(whole, (&pdu.Abort{}).Append(nil)...), byte(2))
	f.Fuzz(func(t *testing.T, b []byte, operations byte) {
		conn := &script{in: bytes.NewReader(b)}
		y := &tally{}
		a := &Association{Contexts: []AcceptedContext{{1, "1.2.3", dcm.ImplicitVRLittleEndian}}, Operations: 1 + int(operations%2)*3}
		p := newProvider(newWire(conn, strangerBuffer, time.Minute), a, y, 4096)
		p.service = func(dcm.UID) Roles { return Roles{User: operations%3 == 0, Provider: operations%5 == 0} }
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		err := p.serve(ctx, cancel)
		if y.ends != 1 || (err == nil) != y.released || y.wrong != nil {
			t.Errorf("session ended %d times, released %v, association with %v: %v", y.ends, y.released, err, y.wrong)
		}
		for {
			if _, err := pdu.Read(&conn.out, 1<<20); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("what was answered: %v", err)
			}
		}
	})
}
