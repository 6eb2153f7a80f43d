package deliver

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/raddeploy/raddeploy/core/commitment"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/run"
)

// A delivery has ended only when the destination has committed to all of it: at
// once, or later on an association of its own. A second report changes nothing.
func TestCommitment(t *testing.T) {
	tell(t, `
		> commits pacs at-once
		> commits archive later
		> start
		> delivery 1 R pacs a b
		> delivery 2 R archive a b
		> wake
		1: sending
		1: lists 2 files
		1: to pacs: a b
		1: a is sent
		1: b is sent
		1: uncommitted
		1: pacs is asked to commit to 2
		1: a is committed
		1: b is committed
		1: committed
		2: sending
		2: lists 2 files
		2: to archive: a b
		2: a is sent
		2: b is sent
		2: uncommitted
		2: archive is asked to commit to 2
		> report 2
		2: a is committed
		2: b is committed
		2: committed
		2: its report is answered 0000 (success)
		R: done
		> report 2
		2: its report is answered 0000 (success)
		> report 3
		3: its report is answered 0115 (invalid argument value)
		> stop
	`)
}

// A list of open deliveries that is old when it comes begins none anew that has become
// uncommitted meanwhile.
func TestALateAnswerWhileUncommitted(t *testing.T) {
	tell(t, `
		> pacs slow
		> commits pacs later
		> delivery 1 R pacs a
		> start
		1: sending
		1: lists 1 files
		1: to pacs: a
		> late NextTries
		> wake
		> next
		1: a is sent
		1: uncommitted
		> next
		1: pacs is asked to commit to 1
		> report 1
		1: a is committed
		1: committed
		1: its report is answered 0000 (success)
		R: done
	`)
}

// What the destination has not is sent again, and committed with a new transaction;
// what it will never commit to has failed, by name.
func TestInstancesThatAreNotCommitted(t *testing.T) {
	tell(t, `
		> commits pacs later
		> delivery 1 R pacs a b c
		> start
		1: sending
		1: lists 3 files
		1: to pacs: a b c
		1: a is sent
		1: b is sent
		1: c is sent
		1: uncommitted
		1: pacs is asked to commit to 3
		> report 1 b=0112 c=left-out
		1: a is committed
		1: b is pending
		1: pending: 1 of 3 objects not committed, the last because: not committed: 0112 (no such object instance)
		1: its report is answered 0000 (success)
		> next
		1: sending
		1: to pacs: b
		1: b is sent
		1: uncommitted
		1: pacs is asked to commit to 2
		> report 1 b=0119
		1: b is failed
		1: c is committed
		1: failed: 1 of 3 objects not committed, the last because: not committed: 0119 (class-instance conflict)
		1: its report is answered 0000 (success)
		R: failed: delivery to pacs: 1 of 3 objects not committed, the last because: not committed: 0119 (class-instance conflict)
	`)
}

// An old report that comes twice does not have sent again what was sent again since.
func TestAnOldReportThatIsRepeated(t *testing.T) {
	tell(t, `
		> commits pacs later
		> delivery 1 R pacs a b
		> start
		1: sending
		1: lists 2 files
		1: to pacs: a b
		1: a is sent
		1: b is sent
		1: uncommitted
		1: pacs is asked to commit to 2
		> report 1 a=left-out b=0112
		1: b is pending
		1: pending: 1 of 2 objects not committed, the last because: not committed: 0112 (no such object instance)
		1: its report is answered 0000 (success)
		> next
		1: sending
		1: to pacs: b
		1: b is sent
		1: uncommitted
		1: pacs is asked to commit to 2
		> report-before 1 a=left-out b=0112
		1: its report is answered 0000 (success)
		> report-before 1 b=0112
		1: a is committed
		1: its report is answered 0000 (success)
		> report 1
		1: b is committed
		1: committed
		1: its report is answered 0000 (success)
		R: done
	`)
}

// A destination that reports on associations of its own is not waited for on those on
// which it is asked, once that is known: it is asked for a thousand deliveries in
// seconds. One that has stopped reporting so is waited for when it is asked again.
func TestManyDeliveriesAreAskedFor(t *testing.T) {
	const deliveries = 1000
	synctest.Test(t, func(t *testing.T) {
		s := &story{T: t, dir: t.TempDir(), world: newWorld(), stop: func() {}}
		defer func() { s.stop() }()
		s.do([]string{"commits", "pacs", "apart"})
		for i := range deliveries {
			s.delivery(fmt.Sprint(i+1), fmt.Sprint("R", i+1), "pacs", []string{"a"})
		}
		began := time.Now()
		s.start()
		open := func() (n int) {
			s.mu.Lock()
			defer s.mu.Unlock()
			for _, d := range s.deliveries {
				if d.State != run.DeliveryCommitted {
					n++
				}
			}
			return n
		}
		for open() > 0 && time.Since(began) < time.Hour {
			time.Sleep(time.Second)
		}
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("%d deliveries are committed after %v, and %d are not", deliveries-open(), took, open())
		}
		s.do([]string{"commits", "pacs", "later"})
		d := s.process.deliverer
		to := run.Delivery{Destination: run.Destination{Name: "pacs", Host: "pacs", Port: 104, AETitle: "PEER"}, Asks: 1}
		if wait := d.waitFor(to, Terms{Wait: 5 * time.Second}); wait != 5*time.Second {
			t.Errorf("asked again, its report is waited for for %v", wait)
		}
	})
}

// A request that ends after its delivery was tried again has no say in when the
// destination is asked next.
func TestARequestThatEndsLate(t *testing.T) {
	tell(t, `
		> commits pacs loses
		> delivery 1 R pacs a
		> start
		1: sending
		1: lists 1 files
		1: to pacs: a
		1: a is sent
		1: uncommitted
		1: pacs is asked to commit to 1
		1: a is pending
		1: pending: 1 of 1 objects not committed, the last because: not committed: 0112 (no such object instance)
		> commits pacs at-once
		> next
		1: sending
		1: to pacs: a
		1: a is sent
		1: uncommitted
		> wait 10s
		1: pacs is asked to commit to 1
		1: a is committed
		1: committed
		R: done
	`)
}

// A destination that does not report is asked again, with another transaction; a late
// report on the first counts. After its time the delivery says so.
func TestDestinationsThatDoNotReport(t *testing.T) {
	asked := `
		> commits pacs later
		> delivery 1 R pacs a
		> start
		1: sending
		1: lists 1 files
		1: to pacs: a
		1: a is sent
		1: uncommitted
		1: pacs is asked to commit to 1
		> wait 59m
		> wait 2m
		1: pacs is asked to commit to 1
	`
	tell(t, asked+`
		> report-before 1
		1: a is committed
		1: committed
		1: its report is answered 0000 (success)
		R: done
	`)
	tell(t, asked+strings.Repeat(`
		> wait 1h
		1: pacs is asked to commit to 1
	`, 4)+`
		> wait 1h
		1: failed: all was sent, and the destination has not committed to 1 of 1 objects within 6h0m0s: sent; commitment was asked for, and the destination has not reported yet
		R: failed: delivery to pacs: all was sent, and the destination has not committed to 1 of 1 objects within 6h0m0s: sent; commitment was asked for, and the destination has not reported yet
		> report 1
		1: its report is answered 0000 (success)
	`)
}

// Each end of a try is told, and each end of a commitment.
func TestEndsOfCommitmentsAreTold(t *testing.T) {
	tell(t, `
		> commits pacs loses
		> delivery 1 R pacs a b
		> start
		1: sending
		1: lists 2 files
		1: to pacs: a b
		1: a is sent
		1: b is sent
		1: uncommitted
		1: pacs is asked to commit to 2
		1: a is pending
		1: pending: 1 of 2 objects not committed, the last because: not committed: 0112 (no such object instance)
		> commits pacs at-once
		> wait 10s
		1: sending
		1: to pacs: a
		1: a is sent
		1: uncommitted
		1: pacs is asked to commit to 2
		1: a is committed
		1: b is committed
		1: committed
		R: done
		> told
		pacs uncommitted 2, pacs pending 1, pacs uncommitted 2, pacs committed 2
	`)
	sent := `
		> commits pacs hangs
		> delivery 1 R pacs a
		> start
		1: sending
		1: lists 1 files
		1: to pacs: a
		1: a is sent
		1: uncommitted
		1: pacs is asked to commit to 1
		> report 1 a=0119
		1: a is failed
		1: failed: 1 of 1 objects not committed, the last because: not committed: 0119 (class-instance conflict)
		1: its report is answered 0000 (success)
		R: failed: delivery to pacs: 1 of 1 objects not committed, the last because: not committed: 0119 (class-instance conflict)
		> told
		pacs uncommitted 1, pacs failed 0
	`
	tell(t, sent)
	tell(t, strings.Replace(strings.Split(sent, "		> report")[0], "hangs", "later", 1)+strings.Repeat(`
		> wait 1h
		1: pacs is asked to commit to 1
	`, 5)+`
		> wait 1h
		1: failed: all was sent, and the destination has not committed to 1 of 1 objects within 6h0m0s: sent; commitment was asked for, and the destination has not reported yet
		R: failed: delivery to pacs: all was sent, and the destination has not committed to 1 of 1 objects within 6h0m0s: sent; commitment was asked for, and the destination has not reported yet
		> told
		pacs uncommitted 1, pacs failed 1
	`)
}

// A destination that cannot be asked delays what is sent to it no longer.
func TestDestinationsThatCannotBeAsked(t *testing.T) {
	tell(t, `
		> commits pacs down
		> delivery 1 R pacs a
		> start
		1: sending
		1: lists 1 files
		1: to pacs: a
		1: a is sent
		1: uncommitted
		1: pacs is asked to commit to 1
		1: sent; commitment was not asked for: connection refused
		> commits pacs hangs
		> next
		1: pacs is asked to commit to 1
		> delivery 2 S pacs a
		> wake
		2: sending
		2: lists 1 files
		2: to pacs: a
		2: a is sent
		2: uncommitted
		> commits pacs off
		> cancel R
		2: sent
		S: done
	`)
}

// A restart, a crash or a full disk at any step loses nothing.
func TestCommitmentAfterACrash(t *testing.T) {
	sent := `
		> commits pacs later
		> delivery 1 R pacs a
	`
	rest := `
		> report 1
		1: a is committed
		1: committed
		1: its report is answered 0000 (success)
		R: done
	`
	tell(t, sent+`
		> crash at TryCommit
		> start
		1: sending
		1: lists 1 files
		1: to pacs: a
		1: a is sent
		1: uncommitted
		TryCommit: crash
		> crash
		> start
		1: pacs is asked to commit to 1
		> crash
		> start
	`+rest)
	tell(t, sent+`
		> fail Uncommitted
		> start
		1: sending
		1: lists 1 files
		1: to pacs: a
		1: a is sent
		1: uncommitted
		1: pacs is asked to commit to 1
		Uncommitted: no space left on device
	`)
	tell(t, sent+`
		> fail TryCommit
		> start
		1: sending
		1: lists 1 files
		1: to pacs: a
		1: a is sent
		1: uncommitted
		TryCommit: no space left on device
		> next
		1: pacs is asked to commit to 1
	`)
	tell(t, sent+`
		> start
		1: sending
		1: lists 1 files
		1: to pacs: a
		1: a is sent
		1: uncommitted
		1: pacs is asked to commit to 1
		> fail ReportCommitment
		> report 1
		1: its report is answered 0110 (processing failure)
		ReportCommitment: no space left on device
	`+rest)
}

// Each thing that is wrong with a report has its status.
func TestRefusedReports(t *testing.T) {
	good := eventOf(commitment.Result{Transaction: "2.1", Committed: []run.Reference{{SOPClassUID: "1.2", SOPInstanceUID: "1.3"}}})
	for name, test := range map[string]struct {
		change func(*dimse.EventRequest)
		want   dimse.Status
	}{
		"event":    {func(r *dimse.EventRequest) { r.EventType = 3 }, dimse.NoSuchEventType},
		"instance": {func(r *dimse.EventRequest) { r.SOPInstanceUID = "1.2" }, dimse.NoSuchObjectInstance},
		"no data":  {func(r *dimse.EventRequest) { r.Data = nil }, dimse.InvalidArgument},
		"cut":      {func(r *dimse.EventRequest) { r.Data = bytes.NewReader([]byte("cut short")) }, dimse.InvalidArgument},
	} {
		r := *good
		test.change(&r)
		if got := New().EventReport(t.Context(), &r); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// A long delivery is asked for in several requests, each instance once.
func TestRequestsAreBounded(t *testing.T) {
	var objects []run.DeliveryObject
	for i := range 2*mostAsked + 1 {
		objects = append(objects, run.DeliveryObject{State: run.ObjectSent, SOPClassUID: "1.2", SOPInstanceUID: dcm.UID(fmt.Sprint("1.", i))})
	}
	objects = append(objects, objects[0], run.DeliveryObject{State: run.ObjectCommitted}, run.DeliveryObject{State: run.ObjectNotDICOM})
	requests, n := requestsFor(objects), 0
	for _, r := range requests {
		n += len(r.References)
	}
	if len(requests) != 3 || n != 2*mostAsked+1 || requests[0].Transaction == requests[1].Transaction {
		t.Errorf("%d requests of %d instances", len(requests), n)
	}
}
