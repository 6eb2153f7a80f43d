package dimse_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

// machine is this side's in one state, and the peer that brought it there.
type machine struct {
	*peer
	ended func() error // how the association ended for this side; nil: it had none
	stop  func()       // has a user want the association no longer
}

// asUser has a user request an association, send C-ECHO and release, as far as the
// peer answers.
func asUser(t *testing.T, bring func(*machine)) *machine {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	ctx, stop := context.WithCancelCause(t.Context())
	ended := make(chan error, 1)
	go func() {
		c, err := (&dimse.Dialer{}).Dial(ctx, l.Addr().String(), storage())
		if err == nil {
			if _, err = c.Echo(ctx); err == nil {
				err = c.Release(ctx)
			}
		}
		ended <- err
	}()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	t.Cleanup(func() { stop(nil); _ = conn.Close() })
	m := &machine{&peer{conn, t}, func() error { return <-ended }, func() { stop(errStopped) }}
	bring(m)
	return m
}

var errStopped = errors.New("no longer wanted")

// releasing brings a user to where it has requested release.
func (m *machine) releasing() {
	m.accept()
	m.expect(pdu.TypeData)
	m.send(echoRSP())
	m.expect(pdu.TypeReleaseRQ)
}

func echoRSP() []byte {
	return command(echoContext, set(number(0x0100, 0x8030), number(0x0120, 1), number(0x0800, 0x0101), number(0x0900, 0)))
}

func (m *machine) expect(want pdu.Type) pdu.PDU {
	m.t.Helper()
	got := m.read()
	if got.Type() != want {
		m.t.Fatalf("%v came, want %v", got.Type(), want)
	}
	return got
}

// happens has an event happen to this side.
func (m *machine) happens(event, way string) {
	m.t.Helper()
	switch event {
	case "Evt3":
		m.send((&pdu.AssociateAC{ProtocolVersion: 1, ApplicationContext: "1.2.840.10008.3.1.1.1",
			Contexts: []pdu.ContextAC{{ID: echoContext, TransferSyntax: "1.2.840.10008.1.2"}}, User: pdu.UserInformation{ImplementationClass: "1.2"}}).Append(nil))
	case "Evt4":
		m.send((&pdu.AssociateRJ{Result: pdu.RejectedPermanent, Source: pdu.RejectedByUser, Reason: 3}).Append(nil))
	case "Evt6":
		m.send(associateRQ().Append(nil))
	case "Evt10":
		if way == "user" {
			m.send(echoRSP())
		} else {
			m.send(command(echoContext, echoRQ(1)))
		}
	case "Evt12":
		m.send((&pdu.ReleaseRQ{}).Append(nil))
	case "Evt13":
		m.send((&pdu.ReleaseRP{}).Append(nil))
	case "Evt15":
		m.stop()
	case "Evt16":
		m.send((&pdu.Abort{}).Append(nil))
	case "Evt17":
		if err := m.Conn.(*net.TCPConn).CloseWrite(); err != nil {
			m.t.Fatal(err)
		}
	case "Evt18":
		// the timer of the server is short
	case "Evt19":
		m.send([]byte("\x0a\x00\x00\x00\x00\x04\x00\x00\x00\x00"))
	default:
		m.t.Fatalf("%s is no event of a peer", event)
	}
}

// does checks the action that this side takes.
func (m *machine) does(action, way string) {
	m.t.Helper()
	switch action {
	case "AA-1":
		m.aborts(pdu.AbortedByUser, func(err error) bool { return err == nil || errors.Is(err, errStopped) })
	case "AA-8":
		m.aborts(pdu.AbortedByProvider, func(err error) bool { return errors.As(err, new(*pdu.FormatError)) })
	case "AA-7":
		m.aborts(pdu.AbortedByProvider, func(error) bool { return true })
	case "AA-2", "AA-5", "AR-5":
		m.closes(func(error) bool { return true })
	case "AA-3":
		m.closes(func(err error) bool { return errors.As(err, new(*dimse.AbortedError)) })
	case "AA-4":
		m.closes(func(err error) bool { return errors.Is(err, dimse.ErrPeerClosed) || err == nil })
	case "AA-6": // nothing comes, and it goes on to wait for the close
		m.send((&pdu.Abort{}).Append(nil))
		m.closes(func(error) bool { return true })
	case "AE-3":
		m.expect(pdu.TypeData) // the C-ECHO that the association was for
	case "AE-4":
		m.closes(func(err error) bool { return errors.As(err, new(*dimse.RejectedError)) })
	case "AE-6":
		m.expect(pdu.TypeAssociateAC) // AE-7; a rejection, AE-8, brings to Sta13
	case "DT-2":
		if way == "user" {
			m.expect(pdu.TypeReleaseRQ) // which follows the response
		} else {
			m.expectStatus(0x8030, 1, 0)
		}
	case "AR-2":
		m.expect(pdu.TypeReleaseRP) // AR-4
		m.closes(func(err error) bool { return way == "provider" && err == nil || errors.Is(err, dimse.ErrReleased) })
	case "AR-3":
		m.closes(func(err error) bool { return err == nil })
	case "AR-6":
		m.send((&pdu.ReleaseRP{}).Append(nil))
		m.closes(func(err error) bool { return err == nil })
	case "AR-8":
		m.expect(pdu.TypeReleaseRP) // AR-9
	default:
		m.t.Fatalf("%s is not known", action)
	}
}

// aborts expects A-ABORT and then the end of the connection.
func (m *machine) aborts(source pdu.AbortSource, because func(error) bool) {
	m.t.Helper()
	if got := m.expect(pdu.TypeAbort).(*pdu.Abort); got.Source != source {
		m.t.Errorf("it aborts as %+v", got)
	}
	m.closes(because)
}

// closes expects the end of the connection, at the latest once the peer has closed
// its half, and no byte before.
func (m *machine) closes(because func(error) bool) {
	m.t.Helper()
	_ = m.Conn.(*net.TCPConn).CloseWrite()
	if n, err := io.Copy(io.Discard, m.Conn); n != 0 || errors.Is(err, os.ErrDeadlineExceeded) {
		m.t.Errorf("%d bytes and %v came before the end", n, err)
	}
	if m.ended != nil {
		if err := m.ended(); !because(err) {
			m.t.Errorf("it ended with %v", err)
		}
	}
}
