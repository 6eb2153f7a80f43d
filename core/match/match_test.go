package match

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/run"
)

func TestFlowsAreTriggered(t *testing.T) {
	tell(t, `
		> flows seg:CT qa:. mr:MR
		> arrival A CT CT
		> start
		A matched seg[1 2] qa[1 2]
		schedule
		> arrival B CT MR
		> wake
		B matched seg[3] qa[3 4] mr[4]
		schedule
		> flows seg:CT mr:MR
		> arrival C US
		> wake
		C unmatched: none of 2 flows wants it
		> flows
		> arrival D CT
		> wake
		D unmatched: none of 0 flows wants it
		> flows seg:CT
		> arrival E
		> wake
		E unmatched: none of 1 flows wants it
	`)
}

// Rows are the queue: what an earlier process left is matched at the start, and
// what nobody told of, by and by.
func TestRestart(t *testing.T) {
	tell(t, `
		> flows seg:CT
		> arrival A CT
		> arrival B CT
		> crash SetMatched A
		> start
		> stop
		> unanswered SetMatched A
		> start
		A matched seg[1]
		> stop
		> start
		B matched seg[2]
		schedule
		> arrival C CT
		> next
		(30s)
		C matched seg[3]
		schedule
		> stop
		> start
	`)
}

// An arrival that takes long to match delays no other, and is matched in the end.
func TestOneArrivalThatTakesLong(t *testing.T) {
	tell(t, `
		> patience 200ms
		> flows seg:CT
		> arrival A CT CT
		> arrival B CT
		> slow 1
		> start
		> next
		(200ms)
		[WARN] matching an arrival takes long; others go on beside it: arrival=A
		B matched seg[3]
		schedule
		> next
		(800ms)
		A matched seg[1 2]
		schedule
	`)
}

// However many arrivals of one sender take long, those of others do not wait for them.
func TestOneSenderThatTakesLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &story{T: t, store: newStore(), headers: map[string]header{}, stop: func() {}}
		defer func() { s.stop() }()
		for _, command := range []string{"patience 1ms", "flows seg:CT"} {
			s.do(strings.Fields(command))
		}
		for i := range atOnce + 4 {
			s.do([]string{"arrival", fmt.Sprint("A", i), "CT"})
			s.do([]string{"slow", fmt.Sprint(i + 1)})
		}
		s.do([]string{"arrival", "B", "CT"})
		s.rows[atOnce+4].Sender.Address = "10.0.0.9"
		matched := func() (n int) {
			s.mu.Lock()
			defer s.mu.Unlock()
			for _, r := range s.rows {
				if r.State == run.ArrivalMatched {
					n++
				}
			}
			return n
		}
		s.do([]string{"start"})
		time.Sleep(500 * time.Millisecond)
		synctest.Wait()
		if got := matched(); got != 1 {
			t.Errorf("%d arrivals are matched while those of one sender take long, want that of the other", got)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if got := matched(); got != atOnce+5 {
			t.Errorf("%d arrivals are matched in the end, want %d", got, atOnce+5)
		}
	})
}

// An arrival that cannot be matched stops no other. It is tried again after
// pauses that grow, and after the next success begin anew.
func TestOneArrivalThatCannotBeMatched(t *testing.T) {
	const failed = `[ERROR] cannot match arrivals; retrying: error="arrival A: commit: no space left on device" wait=`
	for _, call := range []string{"Objects", "SetMatched"} {
		t.Run(call, func(t *testing.T) {
			tell(t, `
				> flows seg:CT
				> arrival A CT
				> arrival B CT
				> always `+call+` A
				> start
				B matched seg[2]
				schedule
				`+failed+`1s
				> next
				(1s)
				`+failed+`2s
				> next
				(2s)
				`+failed+`4s
				> arrival C CT
				> wake
				C matched seg[3]
				schedule
				`+failed+`8s
				> next
				(8s)
				`+failed+`16s
				> next
				(16s)
				`+failed+`32s
				> next
				(32s)
				`+failed+`32s
				> never `+call+` A
				> next
				(32s)
				A matched seg[1]
				schedule
				> arrival D CT
				> fail `+call+`
				> wake
				[ERROR] cannot match arrivals; retrying: error="arrival D: commit: no space left on device" wait=1s
				> next
				(1s)
				D matched seg[4]
				schedule
			`)
		})
	}
}

func TestTwoArrivalsThatCannotBeMatched(t *testing.T) {
	tell(t, `
		> flows seg:CT
		> arrival A CT
		> arrival B CT
		> fail SetMatched A
		> fail Objects B
		> start
		[ERROR] cannot match arrivals; retrying: error= | arrival A: commit: no space left on device | arrival B: commit: no space left on device wait=1s
		> next
		(1s)
		A matched seg[1]
		schedule
		B matched seg[2]
		schedule
	`)
}

func TestArrivalsThatCannotBeListed(t *testing.T) {
	tell(t, `
		> flows seg:CT
		> arrival A CT
		> fail ArrivalsIn
		> start
		[ERROR] cannot match arrivals; retrying: error="commit: no space left on device" wait=1s
		> next
		(1s)
		A matched seg[1]
		schedule
	`)
}

// Somebody else was quicker: that is said once, and there is nothing to retry.
func TestMoved(t *testing.T) {
	tell(t, `
		> flows seg:CT
		> arrival A CT
		> arrival B CT
		> moved SetMatched A
		> start
		[WARN] arrival was matched already: arrival=A error="arrival A: cannot go from matched to matched"
		B matched seg[2]
		schedule
		> arrival C US
		> moved SetMatched C
		> wake
		[WARN] arrival was matched already: arrival=C error="arrival C: cannot go from matched to unmatched"
		> next
		(nothing within an hour)
	`)
}

// A header that breaks off has the texts before the break; the object can still
// be one of a run's.
func TestUnreadableHeader(t *testing.T) {
	const unreadable = `[WARN] header of a received object is not readable to its end: file=/2 error=`
	tell(t, `
		> flows seg:CT
		> arrival A CT CT CT
		> unreadable 2
		> start
		`+unreadable+`"scan data set at byte 0: unexpected EOF"
		A matched seg[1 3]
		schedule
		> arrival B CT CT
		> breaks 5
		> wake
		[WARN] header of a received object is not readable to its end: file=/5 error="scan data set at byte 10: unexpected EOF"
		B matched seg[4 5]
		schedule
	`)
	tell(t, `
		> arrival A CT CT CT
		> unreadable 2
		> start
		A unmatched: none of 0 flows wants it
	`)
}

// A wake-up that comes while arrivals are matched counts for the next round, and
// many count as one.
func TestWakeUpsAreNotLost(t *testing.T) {
	tell(t, `
		> flows seg:CT
		> late ArrivalsIn
		> start
		> arrival A CT
		> wake
		> wake
		> wake
		> next
		(1s)
		A matched seg[1]
		schedule
		> arrival B CT
		> late SetMatched
		> wake
		B matched seg[2]
		> arrival C CT
		> wake
		> next
		(1s)
		schedule
		C matched seg[3]
		schedule
	`)
}

// An arrival that cannot be matched does not make the matcher look less often.
func TestBackoff(t *testing.T) {
	if longest := New().Backoff.After(100); longest > interval || longest < interval/2 {
		t.Errorf("the longest pause is %s", longest)
	}
}

func TestWokenBeforeTheStart(t *testing.T) {
	s := &story{store: newStore()}
	s.process()
	s.Wake()
	s.Wake()
	if len(s.wake) != 1 {
		t.Errorf("%d wake-ups are kept, want 1", len(s.wake))
	}
}

// An arrival is matched against the flows that are in force when its turn comes.
func TestFlowsChangeBetweenTwoArrivals(t *testing.T) {
	tell(t, `
		> flows seg:CT
		> arrival A CT
		> arrival B CT
		> late SetMatched A
		> start
		A matched seg[1]
		> flows qa:.
		> next
		(1s)
		schedule
		B matched qa[2]
		schedule
	`)
}

// A matcher that stops waits for no answer, says nothing of what it could not
// do, and leaves it to the next one.
func TestCanceled(t *testing.T) {
	for _, fault := range []string{"block ArrivalsIn", "block Objects A", "block SetMatched A", "slow 1", "late ArrivalsIn", "late Objects A"} {
		t.Run(fault, func(t *testing.T) {
			tell(t, `
				> flows seg:CT
				> arrival A CT
				> arrival B CT
				> `+fault+`
				> start
				> stop
				> start`+map[string]string{"slow 1": "\n> next\n(1s)"}[fault]+`
				A matched seg[1]
				schedule
				B matched seg[2]
				schedule
			`)
		})
	}
	tell(t, `
		> flows seg:CT
		> arrival A CT
		> arrival B CT
		> late SetMatched A
		> start
		A matched seg[1]
		> stop
		schedule
		> start
		B matched seg[2]
		schedule
	`)
	tell(t, `
		> start
		> stop
	`)
}

// A run bears all of the flow that it needs, so that the file may change.
func TestNewRun(t *testing.T) {
	f := &flowfile.Loaded{
		Flow: &flow.Flow{
			Name: "seg", Version: "2", Priority: 7, Models: []flow.Model{{Name: "crop"}, {Name: "segment"}},
		},
		Digest: "abc", Encoded: []byte("{}"),
	}
	objects := []run.Object{{ID: 4, Patient: "other"}, {ID: 5, Patient: "1234 DJ"}, {ID: 8}}
	got, tasks := NewRun(f, objects, []int{1, 2})
	if got.ID == "" || got.Created.IsZero() {
		t.Errorf("the run has no id or no time: %+v", got)
	}
	want := run.Run{
		ID: got.ID, Flow: "seg", Version: "2", Digest: "abc", Definition: []byte("{}"), Priority: 7,
		Patient: "1234 DJ", Objects: []int64{5, 8}, Created: got.Created,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"crop", "segment"}, tasks); diff != "" {
		t.Error(diff)
	}
}

// At no level does the log have a value of an object, though the explanation
// has it.
func TestValuesAreNotLogged(t *testing.T) {
	var log bytes.Buffer
	s := &story{T: t, store: newStore(), headers: map[string]header{}}
	s.process()
	s.Logger = hclog.New(&hclog.LoggerOptions{Level: hclog.Trace, Output: &log})
	s.force([]string{"seg:CT", "all:DOE"})
	s.arrival("A", []string{"DOE^JANE", "DOE^JANE"})
	s.do([]string{"breaks", "2"})
	s.do([]string{"fail", "SetMatched"})
	for range 2 {
		if err := s.all(t.Context()); err != nil {
			s.Logger.Error("as Run does", "error", err)
		}
	}
	if explanation := string(s.row("A").explanation); !strings.Contains(explanation, "DOE^JANE") {
		t.Errorf("the explanation is %s", explanation)
	}
	if text := log.String(); strings.Contains(text, "DOE") || !strings.Contains(text, "run created") {
		t.Error(text)
	}
}
