package assemble

import "testing"

// Objects are grouped once for each rule in use.
func TestRulesOnTheSameData(t *testing.T) {
	tell(t, Hold, `
		> rules association; series idle=30s; study idle=60s; study idle=60s max=1h; study idle=90s
		> run
		> open A CT1
		A receiving
		> spool A 1.2 ct1
		> release A
		A complete ct1
		G1 series 1.2 receiving ct1
		G2 study 1 receiving ct1
		G3 study 1 receiving ct1
		G4 study 1 receiving ct1
		match!
		> wait 30s
		G1 series 1.2 complete ct1 [no object came for 30 s]
		match!
		> wait 30s
		G2 study 1 complete ct1 [no object came for 60 s]
		G3 study 1 complete ct1 [no object came for 60 s]
		match!
		> wait 30s
		G4 study 1 complete ct1 [no object came for 90 s]
		match!
	`)
}

// Objects of an association that broke off are not deleted where an arrival of
// their study holds them.
func TestDiscardKeepsWhatIsShared(t *testing.T) {
	tell(t, Discard, `
		> rules association; study idle=60s
		> run
		> open A CT1
		A receiving
		> spool A 1.2 ct1
		> abort A
		A discarded ct1: association broke off: EOF
		G1 study 1 receiving ct1
		> files
		A/ct1
		> wait 60s
		G1 study 1 complete ct1 [no object came for 60 s]
		match!
		> crash
		> rules association
		> open B CT1
		B receiving
		> spool B 1.2 ct2
		> abort B
		B discarded ct2: association broke off: EOF
		> files
		A/ct1
	`)
}

// Arrivals that wait when their rule changes end by the rule that they were
// begun with, and take what comes for them until then. Nothing is grouped twice.
func TestRuleChanges(t *testing.T) {
	tell(t, Hold, `
		> rules study idle=60s
		> run
		> open A CT1
		A receiving
		> spool A 1.2 ct1
		> release A
		A grouped ct1
		G1 study 1 receiving ct1
		> rules study idle=5m
		> open B CT1
		B receiving
		> spool B 1.2 ct2
		> release B
		G1 study 1 receiving ct1 ct2
		B grouped ct2
		> wait 60s
		G1 study 1 complete ct1 ct2 [no object came for 60 s]
		match!
		> open C CT1
		C receiving
		> spool C 1.2 ct3
		> release C
		C grouped ct3
		G2 study 1 (2, after G1) receiving ct3
		> wait 60s
		> wait 4m
		G2 study 1 (2, after G1) complete ct1 ct2 ct3 [1 object came after G1 was complete; no object came for 5 min]
		match!
	`)
}

// When no rule groups by study any more, studies that wait take what comes
// for them and end; no other begins.
func TestRuleGoes(t *testing.T) {
	tell(t, Hold, `
		> rules association; study idle=60s
		> run
		> open A CT1
		A receiving
		> spool A 1.2 ct1
		> release A
		A complete ct1
		G1 study 1 receiving ct1
		match!
		> rules association
		> open B CT1
		B receiving
		> spool B 1.2 ct2
		> release B
		G1 study 1 receiving ct1 ct2
		B complete ct2
		match!
		> wait 60s
		G1 study 1 complete ct1 ct2 [no object came for 60 s]
		match!
		> open C CT1
		C receiving
		> spool C 1.2 ct3
		> release C
		C complete ct3
		match!
		> wait 1h
	`)
}

// The objects of an association are grouped alike from its first to its last,
// by the rules when it began.
func TestRuleComesWithinAnAssociation(t *testing.T) {
	tell(t, Hold, `
		> rules association
		> run
		> open A CT1
		A receiving
		> add A 1.2 ct1
		A receiving ct1
		> rules association; study idle=60s
		> spool A 1.2 ct2
		> release A
		A complete ct1 ct2
		match!
		> open B CT1
		B receiving
		> spool B 1.2 ct3
		> release B
		B complete ct3
		G1 study 1 receiving ct3
		match!
		> wait 60s
		G1 study 1 complete ct3 [no object came for 60 s]
		match!
	`)
}

// An association that was to be a part of studies only, and that a crash left,
// is an arrival itself if the next agent has no rule for studies.
func TestNothingGroupsWhatACrashLeft(t *testing.T) {
	tell(t, Hold, `
		> rules study idle=60s
		> open A CT1
		A receiving
		> spool A 1.2 ct1
		> crash
		> rules association
		> run
		A incomplete ct1: association broke off: its end was not recorded
	`)
}

// A clock that jumps completes nothing before its time, and has nothing wait
// longer.
func TestClockJumps(t *testing.T) {
	tell(t, Hold, `
		> rules study idle=5m
		> run
		> open A CT1
		A receiving
		> spool A 1.2 ct1
		> release A
		A grouped ct1
		G1 study 1 receiving ct1
		> clock +8760h
		> wait 4m
		> clock -17520h
		> open B CT1
		B receiving
		> spool B 2.2 ct2
		> release B
		B grouped ct2
		G2 study 2 receiving ct2
		> wait 59s
		> waits G1
		no object for 4 min of 5 min
		> wait 1s
		G1 study 1 complete ct1 [no object came for 5 min]
		match!
		> wait 4m
		G2 study 2 complete ct2 [no object came for 5 min]
		match!
	`)
}

// A clock that was set back while no agent ran has no arrival wait for longer
// than its rule says.
func TestClockIsBackAtTheStart(t *testing.T) {
	tell(t, Hold, `
		> rules study idle=5m
		> open A CT1
		A receiving
		> spool A 1.2 ct1
		> release A
		A grouped ct1
		G1 study 1 receiving ct1
		> crash
		> clock -8760h
		> run
		> waits G1
		no object for 0 s of 5 min
		> wait 40ms
		> waits G1
		no object for 0 s of 5 min
		> wait 5m
		G1 study 1 complete ct1 [no object came for 5 min]
		match!
	`)
}

// What a crash left of an association is not grouped by a rule that nothing was
// grouped by before: it would be a part of a study.
func TestRuleComesWithACrash(t *testing.T) {
	tell(t, Hold, `
		> open A CT1
		A receiving
		> add A 1.2 ct1
		A receiving ct1
		> spool A 1.2 ct2
		> open B CT1
		B receiving
		> spool B 2.2 ct3
		> crash
		> rules study idle=60s
		> run
		A incomplete ct1 ct2: association broke off: its end was not recorded
		B incomplete ct3: association broke off: its end was not recorded
		G1 study 2 receiving ct3
	`)
}
