package commit

import (
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/commitment"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/run"
)

// What is kept is committed to, and of the rest each instance has its reason.
func TestWhatIsCommittedTo(t *testing.T) {
	tell(t, `
		> has 1.1 CT matched
		> has 1.2 CT incomplete
		> has 1.3 CT unmatched
		> has 1.4 CT discarded
		> has 1.5 MR matched
		> has 1.6 CT matched
		> has 1.7 CT matched
		> has 1.8 CT matched
		> has 1.1 CT superseded
		> has 1.9 MR matched
		> has 1.9 CT grouped
		> file 1.6 damaged
		> file 1.7 missing
		> file 1.8 unreadable
		> start
		> CT1 asks 2.1 1.1 1.2 1.3 1.4 1.5 1.6 1.7 1.8 1.9 1.10
		1: asked
		1: decided: 4 of 10, by arrival map[2:1 3:1 9:1 11:1]
		report to CT1 of 2.1: 4 committed, not 1.4 0112, 1.5 0119, 1.6 0110, 1.7 0112, 1.8 0110, 1.10 0112
		1: reported
		> stop
	`)
}

// A peer that waits for its report on the association on which it sends is told: what
// it asked for is kept however that association ends.
func TestWhatIsBeingReceivedIsCommittedTo(t *testing.T) {
	tell(t, `
		> has 1.1 CT receiving
		> start
		> CT1 asks-on 2.1 1.1
		1: asked
		1: decided: 1 of 1, by arrival map[1:1]
		> next
		report on the same of 2.1: 1 committed, not any
		1: reported
		> stop
	`)
}

// A list of open requests that is old when it comes has none reported twice.
func TestALateAnswerWhileReporting(t *testing.T) {
	tell(t, `
		> has 1.1 CT matched
		> CT1 slow
		> start
		> CT1 asks 2.1 1.1
		1: asked
		1: decided: 1 of 1, by arrival map[1:1]
		report to CT1 of 2.1: 1 committed, not any
		> late OpenCommitments
		> wake
		> wait 10s
		1: reported
		> stop
	`)
}

// What an earlier agent left is waited for.
func TestWhatIsNotSettledIsWaitedFor(t *testing.T) {
	tell(t, `
		> has 1.1 CT matched
		> left
		> start
		> CT1 asks 2.1 1.1
		1: asked
		> wait 1h
		> recovered
		> next
		1: decided: 1 of 1, by arrival map[1:1]
		report to CT1 of 2.1: 1 committed, not any
		1: reported
	`)
}

// A report goes on the association of its request once that is quiet, and otherwise
// on another one.
func TestOnTheSameAssociation(t *testing.T) {
	tell(t, `
		> has 1.1 CT matched
		> start
		> CT1 asks-on 2.1 1.1
		1: asked
		1: decided: 1 of 1, by arrival map[1:1]
		> wait 900ms
		> sends
		> wait 900ms
		> next
		report on the same of 2.1: 1 committed, not any
		1: reported
		> CT1 asks-on 2.2 1.1
		2: asked
		2: decided: 1 of 1, by arrival map[1:1]
		> ends
		> next
		report to CT1 of 2.2: 1 committed, not any
		2: reported
		> CT1 asks-on 2.3 1.1
		3: asked
		3: decided: 1 of 1, by arrival map[1:1]
		> breaks
		> next
		report to CT1 of 2.3: 1 committed, not any
		3: reported
	`)
}

// A peer that refuses a report on the association of its request may take it on
// another one.
func TestRefusedOnTheSameAssociation(t *testing.T) {
	tell(t, `
		> has 1.1 CT matched
		> start
		> CT1 asks-on 2.1 1.1
		1: asked
		1: decided: 1 of 1, by arrival map[1:1]
		> same refuses
		> next
		report on the same of 2.1: 1 committed, not any
		report to CT1 of 2.1: 1 committed, not any
		1: reported
		> CT1 down
		> CT1 asks-on 2.2 1.1
		2: asked
		2: decided: 1 of 1, by arrival map[1:1]
		> same refuses
		> next
		report on the same of 2.2: 1 committed, not any
		report to CT1 of 2.2: 1 committed, not any
		2: decided: connection refused, and on the association of its request the peer answered 0115 (invalid argument value): "unknown transaction"
		> next
		report to CT1 of 2.2: 1 committed, not any
		2: decided: connection refused
	`)
}

// A crash at each step loses no report, and what cannot be recorded is not answered
// with success.
func TestCrashes(t *testing.T) {
	tell(t, `
		> has 1.1 CT matched
		> start
		> fail AskCommitment
		> CT1 asks 2.1 1.1
		AskCommitment: no space left on device
		CT1 is answered 0110 (processing failure)
		> crash at DecideCommitment
		> CT1 asks 2.1 1.1
		1: asked
		DecideCommitment: crash
		> crash
		> crash at EndReport
		> start
		1: decided: 1 of 1, by arrival map[1:1]
		report to CT1 of 2.1: 1 committed, not any
		EndReport: crash
		> crash
		> start
		report to CT1 of 2.1: 1 committed, not any
		1: reported
	`)
	for _, call := range []string{"OpenCommitments", "Record", "Associations", "CommitmentInstances", "Stored", "DecideCommitment"} {
		tell(t, strings.ReplaceAll(`
			> has 1.1 CT matched
			> start
			> fail CALL
			> CT1 asks 2.1 1.1
			1: asked
			CALL: no space left on device
			> next
			1: decided: 1 of 1, by arrival map[1:1]
			report to CT1 of 2.1: 1 committed, not any
			1: reported
		`, "CALL", call))
	}
	tell(t, `
		> has 1.1 CT matched
		> start
		> fail EndReport
		> CT1 asks 2.1 1.1
		1: asked
		1: decided: 1 of 1, by arrival map[1:1]
		report to CT1 of 2.1: 1 committed, not any
		EndReport: no space left on device
		> next
		report to CT1 of 2.1: 1 committed, not any
		1: reported
	`)
}

// A report is tried again until it is taken, refused for good, or given up. Another
// peer waits for none of that.
func TestReportsAreTriedAgain(t *testing.T) {
	tell(t, `
		> has 1.1 CT matched
		> start
		> CT1 down
		> CT1 asks 2.1 1.1
		1: asked
		1: decided: 1 of 1, by arrival map[1:1]
		report to CT1 of 2.1: 1 committed, not any
		1: decided: connection refused
		> CT2 refuses
		> CT2 asks 2.1 1.1 1.2
		2: asked
		2: decided: 1 of 2, by arrival map[1:1]
		report to CT2 of 2.1: 1 committed, not 1.2 0112
		2: failed: the peer answered 0115 (invalid argument value): "unknown transaction"
		> CT1 busy
		> next
		report to CT1 of 2.1: 1 committed, not any
		1: decided: the peer answered 0110 (processing failure)
		> CT1 takes
		> next
		report to CT1 of 2.1: 1 committed, not any
		1: reported
	`)
}

func TestReportsAreGivenUp(t *testing.T) {
	one := run.Commitment{ID: 7, Tries: 41}
	end, why := ended(one, dimse.ErrPeerClosed, began, day, 1, day)
	if end.State != run.CommitmentFailed || why == nil || end.Reason != "given up after 42 tries: "+dimse.ErrPeerClosed.Error() {
		t.Errorf("%+v, %v", end, why)
	}
	if end, _ := ended(one, dimse.ErrPeerClosed, began, day-1, 1, day); end.State != run.CommitmentDecided || end.Next != began.Add(1) {
		t.Errorf("%+v", end)
	}
}

// The same request again is the same row, and is decided again: what was there may
// be gone. One UID for other instances is refused.
func TestTheSameTransactionAgain(t *testing.T) {
	tell(t, `
		> has 1.1 CT matched
		> start
		> CT1 asks 2.1 1.1
		1: asked
		1: decided: 1 of 1, by arrival map[1:1]
		report to CT1 of 2.1: 1 committed, not any
		1: reported
		> file 1.1 missing
		> CT1 asks 2.1 1.1
		1: asked again
		1: decided: 0 of 1, by arrival map[]
		report to CT1 of 2.1: 0 committed, not 1.1 0112
		1: reported
		> CT1 asks 2.1 1.2
		CT1 is answered 0131 (duplicate transaction UID)
	`)
}

// Each thing that is wrong with a request has its status; nothing is recorded.
func TestRefusedRequests(t *testing.T) {
	good := commitment.Request{Transaction: "2.1", References: []run.Reference{{SOPClassUID: ctClass, SOPInstanceUID: "1.1"}}}
	data := good.Encode(dcm.ImplicitVRLittleEndian)
	many := good
	for range commitment.MostReferences {
		many.References = append(many.References, run.Reference{SOPClassUID: ctClass, SOPInstanceUID: dcm.NewUID()})
	}
	for name, test := range map[string]struct {
		request *dimse.ActionRequest
		want    dimse.Status
	}{
		"action":   {&dimse.ActionRequest{ActionType: 2, Notified: actionOf(data).Notified}, dimse.NoSuchAction},
		"instance": {&dimse.ActionRequest{ActionType: 1, Notified: dimse.Notified{SOPInstanceUID: "1.2"}}, dimse.NoSuchObjectInstance},
		"no data":  {&dimse.ActionRequest{ActionType: 1, Notified: dimse.Notified{SOPInstanceUID: dcm.StorageCommitmentInstance}}, dimse.InvalidArgument},
		"cut":      {actionOf(data[:len(data)-1]), dimse.InvalidArgument},
		"too many": {actionOf(many.Encode(dcm.ImplicitVRLittleEndian)), dimse.ResourceLimitation},
	} {
		if got := (&asking{New(), &dimse.Association{}, nil}).Action(t.Context(), test.request); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
	for _, test := range []struct{ ofPeer, all int }{{mostOfPeer, mostOfPeer}, {0, mostOpen}} {
		if _, err := ask(nil, false, test.ofPeer, test.all); err == nil {
			t.Errorf("with %d of the peer and %d open it was recorded", test.ofPeer, test.all)
		}
	}
}

const day = 24 * time.Hour

var began = time.Unix(1_800_000_000, 0)
