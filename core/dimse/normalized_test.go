package dimse_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

const (
	push         dcm.UID = "1.2.840.10008.1.20.1"
	pushInstance dcm.UID = "1.2.840.10008.1.20.1.1"
)

// notified is a recorder that performs actions and takes reports.
type notified struct {
	*recording
	got    chan string
	answer func(kind string, data []byte) (dimse.Status, string)
}

func (n *notified) take(kind string, r *dimse.Notified) dimse.Status {
	var data []byte
	if r.Data != nil {
		data, _ = io.ReadAll(r.Data)
	}
	n.got <- kind + " " + string(r.SOPInstanceUID) + " " + string(data)
	if n.answer == nil {
		return dimse.Success
	}
	status, why := n.answer(kind, data)
	return r.Refuse(status, why)
}

func (n *notified) Action(_ context.Context, r *dimse.ActionRequest) dimse.Status {
	if r.ActionType != 1 {
		return r.Refuse(dimse.NoSuchAction, "there is only 1")
	}
	return n.take("action", &r.Notified)
}

func (n *notified) EventReport(_ context.Context, r *dimse.EventRequest) dimse.Status {
	return n.take("event", &r.Notified)
}

// services serves storage, and one service in these roles.
func services(t *testing.T, n *notified, roles dimse.Roles) (address string, opened <-chan *dimse.Association) {
	t.Helper()
	n.got = make(chan string, 100)
	recorder := newRecorder()
	server := &dimse.Server{NewSession: func(_ context.Context, a *dimse.Association) (dimse.Session, *dimse.Reject) {
		n.recording = &recording{recorder}
		recorder.opened <- a
		return n, nil
	}}
	server.Change(dimse.Limits{Service: func(_ *dimse.AssociateRequest, uid dcm.UID) dimse.Roles {
		if uid == push {
			return roles
		}
		return dimse.Roles{}
	}})
	return serve(t, server), recorder.opened
}

func pushing(provider bool) []dimse.PresentationContext {
	return []dimse.PresentationContext{{AbstractSyntax: push, TransferSyntaxes: []dcm.UID{dcm.ImplicitVRLittleEndian}, Provider: provider}}
}

func notice(kind uint16, data string) dimse.Notice {
	return dimse.Notice{SOPClassUID: push, SOPInstanceUID: pushInstance, Type: kind, TransferSyntaxUID: dcm.ImplicitVRLittleEndian, Data: []byte(data)}
}

func expect(t *testing.T, got <-chan string, want string) {
	t.Helper()
	select {
	case g := <-got:
		if g != want {
			t.Errorf("%.80q came, want %.80q", g, want)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("nothing came, want %.80q", want)
	}
}

// An action and a report arrive as they were sent, whatever their size and that of
// a PDU, and are answered.
func TestActionAndEventReport(t *testing.T) {
	for _, maxPDU := range []int{1000, 1 << 20} {
		for _, size := range []int{0, 10, 3 << 20} {
			n := &notified{}
			address, _ := services(t, n, dimse.Roles{User: true, Provider: true})
			data := strings.Repeat("ab", size/2)
			c := dial(t, &dimse.Dialer{MaxPDU: maxPDU}, address, pushing(false))
			if answer, err := c.Action(t.Context(), notice(1, data)); err != nil || !answer.Status.Success() {
				t.Fatalf("action: %v, %v", answer, err)
			}
			expect(t, n.got, "action "+string(pushInstance)+" "+data)
			if err := c.Release(t.Context()); err != nil {
				t.Error(err)
			}
			c = dial(t, &dimse.Dialer{}, address, pushing(true))
			if !c.MayReport(push) {
				t.Error("the role was not accepted")
			}
			if answer, err := c.EventReport(t.Context(), notice(2, data)); err != nil || !answer.Status.Success() {
				t.Fatalf("report: %v, %v", answer, err)
			}
			expect(t, n.got, "event "+string(pushInstance)+" "+data)
		}
	}
}

// Each refusal has its status and says why; the association goes on.
func TestNotifiedRefusals(t *testing.T) {
	n := &notified{answer: func(string, []byte) (dimse.Status, string) { return dimse.InvalidArgument, "unknown transaction" }}
	both := dimse.Roles{User: true, Provider: true}
	tests := map[string]struct {
		roles  dimse.Roles
		event  bool
		change func(*dimse.Notice)
		want   string
	}{
		"action type":       {both, false, func(n *dimse.Notice) { n.Type = 2 }, `0123 (no such action type): "there is only 1"`},
		"instance":          {both, false, func(n *dimse.Notice) { n.SOPInstanceUID = "a" }, `0117 (invalid SOP instance): "the SOP instance UID is not valid"`},
		"argument":          {both, false, func(n *dimse.Notice) {}, `0115 (invalid argument value): "unknown transaction"`},
		"report's argument": {both, true, func(n *dimse.Notice) {}, `0115 (invalid argument value): "unknown transaction"`},
		"role of a user":    {dimse.Roles{Provider: true}, false, func(n *dimse.Notice) {}, `0124 (not authorized): "this peer may not request it"`},
		"role of a provider": {dimse.Roles{User: true}, true, func(n *dimse.Notice) {},
			`0124 (not authorized): "no report is expected of this peer"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			address, _ := services(t, n, test.roles)
			c := dial(t, &dimse.Dialer{}, address, pushing(false))
			what, ask := notice(1, "data"), c.Action
			if test.event {
				ask = c.EventReport
			}
			test.change(&what)
			for range 2 {
				if answer, err := ask(t.Context(), what); err != nil || answer.String() != test.want {
					t.Errorf("%v, %v, want %s", answer, err, test.want)
				}
			}
		})
	}
	t.Run("SOP class", func(t *testing.T) {
		address, _ := services(t, n, both)
		p := connectRaw(t, address)
		rq := associateRQ()
		rq.Contexts = []pdu.ContextRQ{{ID: 1, AbstractSyntax: push, TransferSyntaxes: []dcm.UID{dcm.ImplicitVRLittleEndian}}}
		p.send(rq.Append(nil))
		p.read()
		p.send(command(1, set(text(0x0003, string(ctImage)), number(0x0100, 0x0130), number(0x0110, 7), number(0x0800, 0x0101), text(0x1001, "1.2"), number(0x1008, 1))))
		p.expectStatus(0x8130, 7, 0x0118)
		p.send(command(1, set(text(0x0003, string(push)), number(0x0100, 0x0130), number(0x0110, 8), number(0x0800, 0x0101), text(0x1001, "1.2"))))
		p.expectStatus(0x8130, 8, 0x0123)
		p.send(command(1, set(text(0x0002, string(push)), number(0x0100, 0x0100), number(0x0110, 9), number(0x0800, 0x0101), text(0x1000, "1.2"))))
		p.expectStatus(0x8100, 9, 0x0113)
	})
	t.Run("a session that knows neither", func(t *testing.T) {
		server := &dimse.Server{NewSession: newRecorder().NewSession}
		server.Change(dimse.Limits{Service: func(*dimse.AssociateRequest, dcm.UID) dimse.Roles { return both }})
		c := dial(t, &dimse.Dialer{}, serve(t, server), pushing(false))
		if answer, err := c.Action(t.Context(), notice(1, "data")); err != nil || answer.Status != dimse.UnrecognizedOperation {
			t.Errorf("%v, %v", answer, err)
		}
	})
}

// A service is accepted of the peers that may use it alone, in a transfer syntax
// that this side writes, and in the roles that they may have.
func TestServiceIsNegotiated(t *testing.T) {
	n := &notified{}
	for roles, want := range map[dimse.Roles]pdu.Roles{
		{User: true}:                 {SOPClass: push, User: true},
		{Provider: true}:             {SOPClass: push, Provider: true},
		{User: true, Provider: true}: {SOPClass: push, User: true, Provider: true},
	} {
		address, _ := services(t, n, roles)
		p := connectRaw(t, address)
		rq := associateRQ()
		rq.Contexts = []pdu.ContextRQ{
			{ID: 1, AbstractSyntax: push, TransferSyntaxes: []dcm.UID{dcm.ImplicitVRLittleEndian, dcm.ExplicitVRLittleEndian}},
			{ID: 3, AbstractSyntax: push, TransferSyntaxes: []dcm.UID{dcm.ExplicitVRBigEndian}},
			{ID: 5, AbstractSyntax: ctImage, TransferSyntaxes: []dcm.UID{dcm.ExplicitVRBigEndian}},
			{ID: 7, AbstractSyntax: push + ".2", TransferSyntaxes: []dcm.UID{dcm.ImplicitVRLittleEndian}},
		}
		rq.User.Roles = []pdu.Roles{{SOPClass: push, User: true, Provider: true}, {SOPClass: ctImage, Provider: true}}
		p.send(rq.Append(nil))
		ac := p.read().(*pdu.AssociateAC)
		if !slices.Equal(ac.User.Roles, []pdu.Roles{want}) {
			t.Errorf("roles %+v, want %+v", ac.User.Roles, want)
		}
		var results []pdu.ContextResult
		for _, c := range ac.Contexts {
			results = append(results, c.Result)
		}
		if !slices.Equal(results, []pdu.ContextResult{0, 4, 0, 3}) || ac.Contexts[0].TransferSyntax != dcm.ExplicitVRLittleEndian {
			t.Errorf("contexts %+v", ac.Contexts)
		}
	}
}

// A provider reports on the association that it was asked on, while the peer waits
// for a response or for the report.
func TestReportsOnTheSameAssociation(t *testing.T) {
	n := &notified{}
	address, opened := services(t, n, dimse.Roles{User: true})
	c := dial(t, &dimse.Dialer{}, address, pushing(false))
	a := <-opened
	if _, open := a.Quiet(); !open {
		t.Error("the association is not open")
	}
	reports := make(chan string, 10)
	c.Inform(func(_ context.Context, r *dimse.EventRequest) dimse.Status {
		data, _ := io.ReadAll(r.Data)
		reports <- string(data)
		if string(data) == "bad " {
			return r.Refuse(dimse.ProcessingFailure, "not now")
		}
		return dimse.Success
	})
	answers := make(chan string, 10)
	report := func(data string) {
		answer, err := a.EventReport(t.Context(), notice(1, data))
		if err != nil {
			answers <- err.Error()
			return
		}
		answers <- answer.String()
	}
	if answer, err := c.Action(t.Context(), notice(1, "")); err != nil || !answer.Status.Success() {
		t.Fatal(answer, err)
	}
	for data, want := range map[string]string{"good": "0000 (success)", "bad ": `0110 (processing failure): "not now"`} {
		go report(data)
		taken := 0
		if err := c.Listen(t.Context(), 20*time.Second, func() bool { taken++; return taken > 1 }); err != nil {
			t.Fatal(err)
		}
		expect(t, reports, data)
		expect(t, answers, want)
	}
	if err := c.Listen(t.Context(), time.Millisecond, func() bool { return false }); err != nil {
		t.Errorf("nothing comes: %v", err)
	}
	if answer, err := c.Action(t.Context(), notice(1, "")); err != nil || !answer.Status.Success() {
		t.Errorf("after it: %v, %v", answer, err)
	}
	if err := c.Release(t.Context()); err != nil {
		t.Error(err)
	}
	go report("late")
	expect(t, answers, "N-EVENT-REPORT: "+dimse.ErrReleased.Error())
	if _, open := a.Quiet(); open {
		t.Error("the association is open after its release")
	}
}

// A peer that was silent for long and has just sent a request is not quiet.
func TestARequestEndsTheQuiet(t *testing.T) {
	n := &notified{}
	address, opened := services(t, n, dimse.Roles{User: true})
	c := dial(t, &dimse.Dialer{}, address, pushing(false))
	a := <-opened
	c.Inform(func(context.Context, *dimse.EventRequest) dimse.Status { return dimse.Success })
	if err := c.Listen(t.Context(), 100*time.Millisecond, func() bool { return false }); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		asked := time.Now()
		if answer, err := c.Action(t.Context(), notice(1, "")); err != nil || !answer.Status.Success() {
			t.Fatal(answer, err)
		}
		if err := c.Listen(t.Context(), time.Millisecond, func() bool { return false }); err != nil {
			t.Fatal(err)
		}
		if quiet, open := a.Quiet(); !open || quiet > time.Since(asked) {
			t.Errorf("quiet for %v, and it asked %v ago", quiet, time.Since(asked))
		}
	}
}

// A report that comes before the response to the action is taken.
func TestReportBeforeTheResponse(t *testing.T) {
	n := &notified{}
	address, opened := services(t, n, dimse.Roles{User: true})
	c := dial(t, &dimse.Dialer{}, address, pushing(false))
	a := <-opened
	reports, written := make(chan string, 1), make(chan error, 1)
	c.Inform(func(_ context.Context, r *dimse.EventRequest) dimse.Status {
		data, _ := io.ReadAll(r.Data)
		reports <- string(data)
		return dimse.Success
	})
	n.answer = func(string, []byte) (dimse.Status, string) {
		go func() {
			_, err := a.EventReport(t.Context(), notice(1, "soon"))
			written <- err
		}()
		expect(t, reports, "soon") // it was taken while the action is under way
		return dimse.Success, ""
	}
	if answer, err := c.Action(t.Context(), notice(1, "")); err != nil || !answer.Status.Success() {
		t.Fatal(answer, err)
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
}

// A peer that releases or breaks off, or does not answer, leaves the report open.
func TestReportIsNotAnswered(t *testing.T) {
	ends := map[string]struct {
		end  func(*peer)
		want error
	}{
		"release": {func(p *peer) { p.send((&pdu.ReleaseRQ{}).Append(nil)) }, dimse.ErrReleased},
		"close":   {func(p *peer) { _ = p.Close() }, nil},
		"another answer": {func(p *peer) {
			p.send(command(1, set(number(0x0100, 0x8100), number(0x0120, 9), number(0x0800, 0x0101), number(0x0900, 0))))
		}, nil},
		"silence": {func(*peer) {}, context.DeadlineExceeded},
	}
	for name, test := range ends {
		t.Run(name, func(t *testing.T) {
			n := &notified{}
			address, opened := services(t, n, dimse.Roles{User: true})
			p := connectRaw(t, address)
			rq := associateRQ()
			rq.Contexts = []pdu.ContextRQ{{ID: 1, AbstractSyntax: push, TransferSyntaxes: []dcm.UID{dcm.ImplicitVRLittleEndian}}}
			p.send(rq.Append(nil))
			p.read()
			a := <-opened
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			if name == "silence" {
				ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
			}
			defer cancel()
			result := make(chan error, 1)
			go func() {
				_, err := a.EventReport(ctx, notice(1, "data"))
				result <- err
			}()
			p.read()
			test.end(p)
			if err := <-result; err == nil || test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
		})
	}
}
