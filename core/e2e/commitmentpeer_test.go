package e2e_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/commitment"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// committer is an archive that commits to what it took as a test wants.
type committer struct {
	// reason is why it does not commit to an instance, which is the nth of a request,
	// in the mth request; 0: it does.
	reason func(request, instance int) dimse.Status
	// reports is called with each result; nil: it never reports.
	reports func(*committer, *dimse.Association, commitment.Result)
	refuses bool // the service as such

	t     testing.TB
	port  int
	agent string // where it reports to
	asked chan commitment.Result

	mu     sync.Mutex
	number int // of requests
	taken  map[dcm.UID]int
}

func (c *committer) listen(t testing.TB) *committer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.t, c.port, c.taken, c.asked = t, listener.Addr().(*net.TCPAddr).Port, map[dcm.UID]int{}, make(chan commitment.Result, 100)
	server := &dimse.Server{NewSession: func(_ context.Context, a *dimse.Association) (dimse.Session, *dimse.Reject) {
		return &commitSession{c, a}, nil
	}}
	server.Change(dimse.Limits{Service: func(_ *dimse.AssociateRequest, uid dcm.UID) dimse.Roles {
		return dimse.Roles{User: uid == dcm.StorageCommitment && !c.refuses}
	}})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, listener) }()
	t.Cleanup(func() { cancel(); <-ended })
	return c
}

// destination is the block of it in a site.
func (c *committer) destination(name string) string {
	return fmt.Sprintf("destination %q {\n host = \"127.0.0.1\"\n port = %d\n ae_title = \"ARCHIVE\"\n commitment = true\n commit_within = \"4s\"\n commit_wait = \"1s\"\n}", name, c.port)
}

type commitSession struct {
	*committer
	association *dimse.Association
}

func (c *commitSession) Store(_ context.Context, r *dimse.StoreRequest) dimse.Status {
	if _, err := io.Copy(io.Discard, r.Data); err != nil {
		return dimse.ProcessingFailure
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.taken[r.SOPInstanceUID]++
	return dimse.Success
}

func (*commitSession) Released(context.Context) error { return nil }
func (*commitSession) Aborted(error)                  {}

func (c *commitSession) Action(_ context.Context, r *dimse.ActionRequest) dimse.Status {
	request, err := commitment.ReadRequest(r.Data, r.TransferSyntaxUID)
	if err != nil {
		c.t.Error(err)
		return dimse.ProcessingFailure
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	result := commitment.Result{Transaction: request.Transaction}
	for i, ref := range request.References {
		var why dimse.Status
		if c.taken[ref.SOPInstanceUID] == 0 {
			why = dimse.NoSuchObjectInstance
		} else if c.reason != nil {
			why = c.reason(c.number, i)
		}
		if why != 0 {
			result.Failed = append(result.Failed, run.Uncommitted{Reference: ref, Reason: uint16(why)})
		} else {
			result.Committed = append(result.Committed, ref)
		}
	}
	c.number++
	c.asked <- result
	if c.reports != nil {
		go c.reports(c.committer, c.association, result)
	}
	return dimse.Success
}

func event(result commitment.Result, syntax dcm.UID) dimse.Notice {
	return dimse.Notice{SOPClassUID: dcm.StorageCommitment, SOPInstanceUID: dcm.StorageCommitmentInstance, Type: result.EventType(),
		TransferSyntaxUID: syntax, Data: result.Encode(syntax)}
}

// onSame reports on the association of the request.
func onSame(c *committer, a *dimse.Association, result commitment.Result) {
	if answer, err := a.EventReport(c.t.Context(), event(result, a.Contexts[0].TransferSyntax)); err != nil || !answer.Status.Success() {
		c.t.Errorf("report on the same association: %v, %v", answer, err)
	}
}

// onAnother reports on an association of its own, with or without a selection of
// its role, and returns the answer.
func (c *committer) onAnother(result commitment.Result, role bool) dimse.Answer {
	dialer := &dimse.Dialer{CallingAE: "ARCHIVE", CalledAE: "RADDEPLOY"}
	conn, err := dialer.Dial(c.t.Context(), c.agent, []dimse.PresentationContext{
		{AbstractSyntax: dcm.StorageCommitment, TransferSyntaxes: []dcm.UID{dcm.ImplicitVRLittleEndian}, Provider: role},
	})
	if err != nil {
		c.t.Errorf("report: %v", err)
		return dimse.Answer{}
	}
	defer conn.Abort()
	answer, err := conn.EventReport(c.t.Context(), event(result, dcm.ImplicitVRLittleEndian))
	if err != nil {
		c.t.Errorf("report: %v", err)
	}
	_ = conn.Release(c.t.Context())
	return answer
}

// twice reports on two associations of its own.
func twice(c *committer, _ *dimse.Association, result commitment.Result) {
	for _, role := range []bool{true, false} {
		if answer := c.onAnother(result, role); !answer.Status.Success() {
			c.t.Errorf("report: %v", answer)
		}
	}
}

// Destinations of every kind commit at once: on the same association or another,
// twice, in vain for one instance or for good, never, or not at all.
func TestDestinationsThatCommit(t *testing.T) {
	t.Parallel()
	series := testenv.Series(3)
	kinds := []struct {
		name   string
		peer   *committer
		state  run.DeliveryState
		reason string // has to be in the delivery's reason
		taken  int    // how often it was sent an object
	}{
		{"same", &committer{reports: onSame}, run.DeliveryCommitted, "", 3},
		{"another", &committer{reports: twice}, run.DeliveryCommitted, "", 3},
		{"loses", &committer{reports: twice, reason: func(request, i int) dimse.Status {
			if request == 0 && i == 1 {
				return dimse.NoSuchObjectInstance
			}
			return 0
		}}, run.DeliveryCommitted, "", 4},
		{"refuses", &committer{reports: onSame, reason: func(_, i int) dimse.Status {
			if i == 2 {
				return dimse.ClassInstanceConflict
			}
			return 0
		}}, run.DeliveryFailed, "1 of 3 objects not committed, the last because: not committed: 0119 (class-instance conflict)", 3},
		{"never", &committer{}, run.DeliveryFailed, "all was sent, and the destination has not committed to 3 of 3 objects within 4s: sent; commitment was asked for, and the destination has not reported yet", 3},
		{"offers-none", &committer{refuses: true}, run.DeliveryFailed, "within 4s: sent; commitment was not asked for: the destination does not offer storage commitment", 3},
	}
	settings := []string{testenv.Fake(1)}
	var names []string
	for _, kind := range kinds {
		kind.peer.listen(t)
		settings, names = append(settings, kind.peer.destination(kind.name)), append(names, kind.name)
	}
	site := programs.NewSite(t, settings...)
	site.Flow("all", copiesTo(names...))
	site.StartProgram()
	for _, kind := range kinds {
		kind.peer.agent = site.DICOM()
	}
	site.Send(testenv.Write(t, series...)...)
	r := site.Ended("all", run.Failed)
	for i, kind := range kinds {
		d := r.Deliveries[i]
		taken := 0
		for _, n := range kind.peer.taken {
			taken += n
		}
		if d.State != kind.state || !strings.Contains(d.Reason, kind.reason) || taken != kind.taken || d.Sent != 3-strings.Count(kind.name, "refuses") {
			t.Errorf("%s: %s, %d of %d sent, %d committed, %d taken: %s", kind.name, d.State, d.Sent, d.Objects, d.Committed, taken, d.Reason)
		}
	}
	if results := r.Deliveries[3].Results; results[2].State != run.ObjectFailed && results[1].State != run.ObjectFailed && results[0].State != run.ObjectFailed {
		t.Errorf("the instance that failed is not named: %+v", results)
	}
	mentions(t, acts(t, site, 0, "runs", string(r.ID)), "committed", "3 of 3, 3 committed", "has not committed")
	unknown := commitment.Result{Transaction: dcm.NewUID(), Committed: []run.Reference{{SOPClassUID: testenv.CT, SOPInstanceUID: "1.2"}}}
	if answer := kinds[0].peer.onAnother(unknown, true); answer.Status != dimse.InvalidArgument {
		t.Errorf("a report on an unknown transaction was answered %v", answer)
	}
}

// An agent that dies while it waits takes the report after its restart, and what it
// waited for is kept meanwhile.
func TestCommitmentAfterARestart(t *testing.T) {
	t.Parallel()
	peer := (&committer{}).listen(t)
	block := strings.Replace(peer.destination("archive"), "4s", "6h", 1)
	site := programs.NewSite(t, testenv.Fake(1), block, `retention {
		files     = "1s"
		files_min = "1s"
	}`)
	site.Flow("copy", copiesTo("archive"))
	site.StartProgram()
	site.Send(testenv.Write(t, testenv.Series(2)...)...)
	result := <-peer.asked
	r := site.Run("copy", "uncommitted", func(r api.Run) bool {
		return len(r.Deliveries) == 1 && r.Deliveries[0].State == run.DeliveryUncommitted
	})
	mentions(t, acts(t, site, 0, "status"), "commitment was asked for, and the destination has not reported yet")
	site.Kill()
	site.StartProgram()
	if code, text := cli(t, site, "resend", string(r.ID)); code == 0 {
		t.Errorf("results that are being committed were sent again: %s", text)
	}
	if again := site.Runs("copy")[0]; again.FilesRemoved != nil || again.State != run.Sending {
		t.Errorf("after the restart: %s, files removed %v", testenv.Describe(again), again.FilesRemoved)
	}
	peer.agent = site.DICOM()
	if answer := peer.onAnother(result, true); !answer.Status.Success() {
		t.Errorf("the report was answered %v", answer)
	}
	if r := site.Ended("copy", run.Done); r.Deliveries[0].State != run.DeliveryCommitted || r.Deliveries[0].Committed != 2 {
		t.Errorf("%+v", r.Deliveries[0])
	}
}

// A run that is canceled while its results are uncommitted is, and can be sent again
// without sending anything twice.
func TestCancelWhileUncommitted(t *testing.T) {
	t.Parallel()
	peer := (&committer{}).listen(t)
	site := programs.NewSite(t, testenv.Fake(1), strings.Replace(peer.destination("archive"), "4s", "6h", 1))
	site.Flow("copy", copiesTo("archive"))
	site.StartProgram()
	peer.agent = site.DICOM()
	site.Send(testenv.Write(t, testenv.Series(2)...)...)
	first := <-peer.asked
	r := site.Runs("copy")[0]
	acts(t, site, 0, "cancel", string(r.ID))
	if r := site.Ended("copy", run.Canceled); r.Deliveries[0].State != run.DeliveryAbandoned {
		t.Errorf("%+v", r.Deliveries[0])
	}
	if answer := peer.onAnother(first, true); !answer.Status.Success() {
		t.Errorf("a report that came too late was answered %v", answer)
	}
	acts(t, site, 0, "resend", string(r.ID))
	second := <-peer.asked
	if first.Transaction == second.Transaction || len(second.Committed) != 2 {
		t.Errorf("asked %+v, then %+v", first, second)
	}
	if answer := peer.onAnother(second, false); !answer.Status.Success() {
		t.Errorf("the report was answered %v", answer)
	}
	r = site.Ended("copy", run.Done)
	peer.mu.Lock()
	defer peer.mu.Unlock()
	for _, n := range peer.taken {
		if n != 1 {
			t.Errorf("an object was sent %d times", n)
		}
	}
	if d := r.Deliveries[1]; d.State != run.DeliveryCommitted {
		t.Errorf("%+v", d)
	}
}
