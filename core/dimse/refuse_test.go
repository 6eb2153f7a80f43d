package dimse_test

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

// Each refusal says why, in an Error Comment that is no longer than it may be
// and holds nothing that it may not.
func TestRefusalsSayWhy(t *testing.T) {
	r := newRecorder()
	addr := serve(t, &dimse.Server{NewSession: r.NewSession})
	for _, test := range []struct {
		name string
		why  string // what the session says
		ask  []byte
		want string
	}{
		{"with the session's words", "its data set is empty", storeRQ(1, "1.2.3"), "its data set is empty"},
		{"with its meaning", "", storeRQ(1, "1.2.3"), "cannot understand"},
		{"cut", strings.Repeat("long ", 20), storeRQ(1, "1.2.3"), strings.Repeat("long ", 20)[:64]},
		{"in characters of a comment", "Ä\\B\x1b", storeRQ(1, "1.2.3"), "?/B?"},
		{"no instance", "", storeRQ(1, ""), "the request has no SOP instance UID"},
		{"an invalid instance", "", storeRQ(1, "1.2.x"), "the SOP instance UID is not valid"},
		{"no data set", "", storeWithout(1), "the request has no data set"},
		{"an unknown operation", "", set(text(0x0002, string(ctImage)), number(0x0100, 0x0020), number(0x0110, 1), number(0x0800, 0x0101)), "unrecognized operation"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r.store = func(_ context.Context, rq *dimse.StoreRequest) dimse.Status {
				return rq.Refuse(dimse.CannotUnderstand, test.why)
			}
			p := connectPeer(t, addr)
			p.send(command(imageContext, test.ask))
			if parse(test.ask)[0x0800] == 1 {
				p.send(fragment(imageContext, false, true, []byte("12345678")))
			}
			answer := p.read().(*pdu.Data).PDVs[0].Fragment
			if got := strings.TrimRight(value(answer, 0x0902), " "); got != strings.TrimRight(test.want, " ") {
				t.Errorf("comment %q, want %q", got, test.want)
			}
			p.release()
		})
	}
}

func storeWithout(messageID uint16) []byte {
	return set(text(0x0002, string(ctImage)), number(0x0100, 0x0001), number(0x0110, messageID), number(0x0700, 0),
		number(0x0800, 0x0101), text(0x1000, "1.2.3"))
}

// value returns the value of an element of a command set.
func value(b []byte, element uint16) string {
	for len(b) >= 8 {
		end := 8 + binary.LittleEndian.Uint32(b[4:])
		if binary.LittleEndian.Uint16(b[2:]) == element {
			return string(b[8:end])
		}
		b = b[end:]
	}
	return ""
}

// An association that breaks off says at which object.
func TestBrokenAssociationsNameTheObject(t *testing.T) {
	r := newRecorder()
	addr := serve(t, &dimse.Server{NewSession: r.NewSession})
	whole := func(p *peer, id uint16, uid string) {
		p.send(join(command(imageContext, storeRQ(id, uid)), fragment(imageContext, false, true, []byte("12345678"))))
		p.expectStatus(0x8001, id, 0)
	}
	abort := (&pdu.Abort{Source: pdu.AbortedByUser}).Append(nil)
	for _, test := range []struct {
		name string
		do   func(p *peer)
		want string
	}{
		{"in an object", func(p *peer) {
			whole(p, 1, "1.2.3")
			p.send(join(command(imageContext, storeRQ(2, "1.2.4")), fragment(imageContext, false, false, []byte("1234")), abort))
		}, "peer aborted the association, in object 2"},
		{"after an object", func(p *peer) { whole(p, 1, "1.2.3"); p.send(abort) }, "peer aborted the association, after object 1"},
		{"in an object whose UID may be anything", func(p *peer) {
			p.send(join(command(imageContext, storeRQ(1, "Doe^Jane")), fragment(imageContext, false, false, []byte("1234")), abort))
		}, "peer aborted the association, in object 1"},
		{"before any", func(p *peer) { p.send(abort) }, "peer aborted the association"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.do(connectPeer(t, addr))
			err := r.end(t)
			if err == nil || err.Error() != test.want || !errors.As(err, new(*dimse.AbortedError)) {
				t.Errorf("ended with %v, want %s", err, test.want)
			}
		})
	}
}

// A peer whose AE title breaks the rules is known by a text from which the same
// bytes come again.
func TestTitlesOfPeersAreText(t *testing.T) {
	r := newRecorder()
	addr := serve(t, &dimse.Server{NewSession: r.NewSession})
	p := connectRaw(t, addr)
	request := associateRQ()
	request.CallingAE = dcm.ReadAETitle("\xC0\xB3`I\xFC\x7F")
	wire := request.Append(nil)
	if !strings.Contains(string(wire), "\xC0\xB3`I\xFC\x7F  ") {
		t.Fatalf("the title is not sent as it came: %q", wire[:74])
	}
	p.send(wire)
	answer := p.read().(*pdu.AssociateAC)
	a := <-r.opened
	if want := dcm.AETitle("\\xC0\\xB3`I\\xFC\\x7F"); a.CallingAE != want || answer.CallingAE != want {
		t.Errorf("the peer is %q, and is called %q, want %q", a.CallingAE, answer.CallingAE, want)
	}
	p.release()
}
