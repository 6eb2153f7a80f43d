package match

import "testing"

// A flow is matched against arrivals of its own rule only, and what the others
// are is said.
func TestFlowsOfAnotherRule(t *testing.T) {
	tell(t, `
		> flows seg:CT both:CT:study
		> arrival A CT
		> study B CT1:CT
		> start
		A matched seg[1]
		schedule
		B matched both[2]
		schedule
		> flows seg:CT
		> flows seg:CT mr:MR:study series:CT:series
		> study C CT1:CT
		> wake
		C unmatched: none of 1 flows wants it; not asked: 2 with another rule than study
	`)
}

// While a rule changes, arrivals that began by the old one belong to the flows
// that group by the same UID now. Once nothing groups by it, to none.
func TestFlowsWhoseRuleChanged(t *testing.T) {
	tell(t, `
		> flows seg:CT:study,idle:9m
		> study A CT1:CT
		> start
		A matched seg[1]
		schedule
		> flows seg:CT:series
		> study B CT1:CT
		> wake
		B unmatched: none of 0 flows wants it; not asked: 1 with another rule than study
	`)
}

// A trigger on the sender looks at who sent each object. Of one sender's arrival
// that need not be read.
func TestSeveralSenders(t *testing.T) {
	tell(t, `
		> flows ct:CT1/.:study mr:MR1/MR:study none:MR1/CT:study
		> study A CT1:CT MR1:MR
		> start
		A matched ct[1] mr[2]
		schedule
		> fail SentBy B
		> study B CT1:CT MR1:CT
		> wake
		[ERROR] cannot match arrivals; retrying: error="arrival B: commit: no space left on device" wait=1s
		> next
		(1s)
		B matched ct[3] none[4]
		schedule
		> fail SentBy C
		> study C CT1:CT
		> wake
		C matched ct[5]
		schedule
		> stop
	`)
}

// What one association brought twice with different bytes is said; of a study it
// was said before.
func TestDifferentBytes(t *testing.T) {
	tell(t, `
		> flows seg:CT
		> arrival A CT
		> again A
		> fail Copies A
		> start
		[ERROR] cannot match arrivals; retrying: error="arrival A: commit: no space left on device" wait=1s
		> next
		(1s)
		A matched (1 SOP instance came more than once with different bytes (ct1): the last one counts, all are kept) seg[1]
		schedule
		> study B CT1:CT
		> again B
		> wake
		B unmatched: none of 0 flows wants it; not asked: 1 with another rule than study
	`)
}
