package assemble

import "testing"

// A study that comes by several associations, two of them at once, is one
// arrival. It is complete when nothing came for so long.
func TestStudyBySeveralAssociations(t *testing.T) {
	tell(t, Hold, `
		> rules study idle=60s
		> run
		> open A CT1
		A receiving
		> add A 1.2 ct1 ct2
		A receiving ct1 ct2
		G1 study 1 receiving ct1 ct2
		> open B MR1
		B receiving
		> spool B 1.3 mr1
		> add A 1.2 ct3
		A receiving ct1 ct2 ct3
		G1 study 1 receiving ct1 ct2 ct3
		> release B
		G1 study 1 receiving ct1 ct2 ct3 mr1
		B grouped mr1
		> release A
		A grouped ct1 ct2 ct3
		> wait 50s
		> open C CT1
		C receiving
		> spool C 1.2 ct4
		> release C
		G1 study 1 receiving ct1 ct2 ct3 mr1 ct4
		C grouped ct4
		> wait 59s
		> waits G1
		no object for 59 s of 60 s
		> wait 1s
		G1 study 1 complete ct1 ct2 ct3 mr1 ct4 [no object came for 60 s]
		match!
	`)
}

// By series, each series of an association is an arrival of its own, which the
// others do not hold up.
func TestSeriesAreApart(t *testing.T) {
	tell(t, Hold, `
		> rules series idle=60s
		> run
		> open A CT1
		A receiving
		> add A 1.2 ct1
		A receiving ct1
		G1 series 1.2 receiving ct1
		> wait 30s
		> add A 1.3 ct2
		A receiving ct1 ct2
		G2 series 1.3 receiving ct2
		> release A
		A grouped ct1 ct2
		> wait 30s
		G1 series 1.2 complete ct1 [no object came for 60 s]
		match!
		> wait 30s
		G2 series 1.3 complete ct2 [no object came for 60 s]
		match!
	`)
}

// An association that has sent to a study and is open keeps it from being
// complete. One that has sent to another study does not.
func TestOpenAssociationHoldsAStudy(t *testing.T) {
	tell(t, Hold, `
		> rules study idle=60s
		> run
		> open A CT1
		A receiving
		> add A 1.2 ct1
		A receiving ct1
		G1 study 1 receiving ct1
		> open B CT2
		B receiving
		> spool B 2.2 ct2
		> open C CT3
		C receiving
		> add C 1.3 ct3
		G1 study 1 receiving ct1 ct3
		C receiving ct3
		> release A
		A grouped ct1
		> wait 125s
		> waits G1
		an association from CT3 is open; complete in 57 min at the latest
		> release C
		G1 study 1 complete ct1 ct3 [no object came for 60 s]
		C grouped ct3
		match!
		> wait 60s
	`)
}

// For a series or study, an abort only ends that association's part, whatever
// on_abort says.
func TestOpenAssociationThatAborts(t *testing.T) {
	tell(t, Discard, `
		> rules study idle=60s
		> run
		> open A CT1
		A receiving
		> spool A 1.2 ct1
		> abort A
		A grouped ct1: association broke off: EOF
		G1 study 1 receiving ct1
		> open B CT1
		B receiving
		> spool B 1.2 ct2
		> release B
		G1 study 1 receiving ct1 ct2
		B grouped ct2
		> wait 60s
		G1 study 1 complete ct1 ct2 [no object came for 60 s]
		match!
	`)
}

// When max_wait is over, an arrival is complete whatever is missing, and says
// what was.
func TestMaxWait(t *testing.T) {
	tell(t, Hold, `
		> rules study idle=60s max=10m expect=CT,RTSTRUCT
		> run
		> open A CT1
		A receiving
		> add A 1.2 ct1
		A receiving ct1
		G1 study 1 receiving ct1
		> wait 9m
		> waits G1
		RTSTRUCT has not come; an association from CT1 is open; complete in 60 s at the latest
		> wait 1m
		G1 study 1 complete ct1 [max_wait of 10 min was over; RTSTRUCT had not come; an association from CT1 was open]
		match!
	`)
}

// As long as something that is expected is missing, idle does not count.
func TestExpected(t *testing.T) {
	tell(t, Hold, `
		> rules study idle=60s max=10m expect=CT,RTSTRUCT
		> run
		> open A CT1
		A receiving
		> spool A 1.2 ct1
		> release A
		A grouped ct1
		G1 study 1 receiving ct1
		> wait 2m
		> waits G1
		RTSTRUCT has not come; complete in 8 min at the latest
		> open B TPS
		B receiving
		> spool B 1.3 rtstruct1
		> release B
		G1 study 1 receiving ct1 rtstruct1
		B grouped rtstruct1
		> wait 59s
		> wait 1s
		G1 study 1 complete ct1 rtstruct1 [no object came for 60 s]
		match!
	`)
}

// What is expected comes while it is recorded that the arrival waits for it.
func TestExpectedComesMeanwhile(t *testing.T) {
	tell(t, Hold, `
		> rules study idle=60s max=1h expect=CT,RTSTRUCT
		> run
		> open A CT1
		A receiving
		> spool A 1.2 ct1
		> release A
		A grouped ct1
		G1 study 1 receiving ct1
		> late SetTimers
		> wait 60s
		> open B TPS
		B receiving
		> spool B 1.3 rtstruct1
		> release B
		G1 study 1 receiving ct1 rtstruct1
		B grouped rtstruct1
		> wait 59s
		> wait 1s
		G1 study 1 complete ct1 rtstruct1 [no object came for 60 s]
		match!
	`)
}

// Objects that name no study, or no series, are grouped with those of their
// association alone.
func TestObjectsWithoutAUID(t *testing.T) {
	tell(t, Hold, `
		> rules study idle=60s; series idle=60s
		> run
		> open A CT1
		A receiving
		> add A - ct1 ct2
		A receiving ct1 ct2
		G1 series A receiving ct1 ct2
		G2 study A receiving ct1 ct2
		> open B CT1
		B receiving
		> spool B - ct3
		> release B
		B grouped ct3
		G3 series B receiving ct3
		G4 study B receiving ct3
		> release A
		A grouped ct1 ct2
		> wait 60s
		G1 series A complete ct1 ct2 [no object came for 60 s]
		G2 study A complete ct1 ct2 [no object came for 60 s]
		G3 series B complete ct3 [no object came for 60 s]
		G4 study B complete ct3 [no object came for 60 s]
		match!
	`)
}

// Objects that come while an arrival is being completed are not lost to it.
func TestObjectsComeWhileAnArrivalIsCompleted(t *testing.T) {
	tell(t, Hold, `
		> rules study idle=60s
		> open A CT1
		A receiving
		> spool A 1.2 ct1
		> release A
		A grouped ct1
		G1 study 1 receiving ct1
		> open B CT1
		B receiving
		> late CompleteArrival
		> run
		> wait 60s
		> add B 1.2 ct2
		G1 study 1 receiving ct1 ct2
		B receiving ct2
		> wait 1s
		> release B
		B grouped ct2
		> wait 59s
		G1 study 1 complete ct1 ct2 [no object came for 60 s]
		match!
		> wait 1s
	`)
}

// What is expected may never come; without max_wait's end nothing is complete.
func TestExpectedNeverComes(t *testing.T) {
	tell(t, Hold, `
		> rules study idle=60s max=1h expect=RTSTRUCT
		> run
		> open A CT1
		A receiving
		> spool A 1.2 ct1
		> release A
		A grouped ct1
		G1 study 1 receiving ct1
		> wait 59m
		> wait 1m
		G1 study 1 complete ct1 [max_wait of 60 min was over; RTSTRUCT had not come]
		match!
		> open B TPS
		B receiving
		> spool B 1.3 rtstruct1
		> release B
		B grouped rtstruct1
		G2 study 1 (2, after G1) receiving rtstruct1
		> wait 60s
		G2 study 1 (2, after G1) complete ct1 rtstruct1 [1 object came after G1 was complete; no object came for 60 s]
		match!
		> open C CT1
		C receiving
		> spool C 1.2 ct2
		> release C
		C grouped ct2
		G3 study 1 (3, after G2) receiving ct2
		> wait 60s
		G3 study 1 (3, after G2) complete ct1 rtstruct1 ct2 [1 object came after G2 was complete; no object came for 60 s]
		match!
	`)
}

// An arrival that may be complete before the loop would look by itself wakes it.
func TestShortIdle(t *testing.T) {
	tell(t, Hold, `
		> rules study idle=60s; series idle=10s
		> run
		> wait 1s
		> open A CT1
		A receiving
		> spool A 1.2 ct1
		> release A
		A grouped ct1
		G1 series 1.2 receiving ct1
		G2 study 1 receiving ct1
		> wait 10s
		G1 series 1.2 complete ct1 [no object came for 10 s]
		match!
		> wait 50s
		G2 study 1 complete ct1 [no object came for 60 s]
		match!
	`)
}
