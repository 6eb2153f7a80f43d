package assemble

import "testing"

func TestAnAssociationIsAnArrival(t *testing.T) {
	tell(t, Hold, `
		> open A CT1
		A receiving
		> add A 1 x y
		A receiving x y
		> spool A 1 z
		> release A
		A complete x y z
		match!
		> open B CT1
		B receiving
		> release B
		B discarded: (no object was kept)
	`)
}

func TestASenderThatAborts(t *testing.T) {
	for onAbort, want := range map[OnAbort]string{
		Hold:    "A incomplete x: association broke off: EOF",
		"":      "A incomplete x: association broke off: EOF",
		Discard: "A discarded x: association broke off: EOF",
		Process: "A complete x: association broke off: EOF\nmatch!",
	} {
		t.Run(string(onAbort), func(t *testing.T) {
			tell(t, onAbort, `
				> open A CT1
				A receiving
				> add A 1 x
				A receiving x
				> abort A
				`+want+`
				> open B CT1
				B receiving
				> abort B
				B discarded: association broke off: EOF (no object was kept)
				> recover
			`)
		})
	}
}

func TestTheSendersNextTrySupersedes(t *testing.T) {
	tell(t, Hold, `
		> open A CT1
		A receiving
		> add A 1 x y
		A receiving x y
		> abort A
		A incomplete x y: association broke off: EOF
		> open B CT2
		B receiving
		> add B 1 other-sender
		B receiving other-sender
		> abort B
		B incomplete other-sender: association broke off: EOF
		> open C CT1
		C receiving
		> add C 2 other-study
		C receiving other-study
		> abort C
		C incomplete other-study: association broke off: EOF
		> open D CT1
		D receiving
		> add D - no-study
		D receiving no-study
		> abort D
		D incomplete no-study: association broke off: EOF
		> open E CT1
		E receiving
		> open F CT1
		F receiving
		> add F 1 newer
		F receiving newer
		> abort F
		F incomplete newer: association broke off: EOF
		> add E - u
		E receiving u
		> spool E 1 y z
		> release E
		A superseded x y: sent again as E
		E complete u y z x y
		match!
	`)
}

func TestRestartInEachState(t *testing.T) {
	tell(t, Hold, `
		> open receiving CT1
		receiving receiving
		> add receiving 1 x
		receiving receiving x
		> spool receiving 1 answered
		> open empty CT1
		empty receiving
		> open incomplete CT2
		incomplete receiving
		> add incomplete 2 x
		incomplete receiving x
		> abort incomplete
		incomplete incomplete x: association broke off: EOF
		> open complete CT3
		complete receiving
		> add complete 3 x
		complete receiving x
		> release complete
		complete complete x
		match!
		> recover
		> crash
		> recover
		receiving incomplete x answered: association broke off: its end was not recorded
		empty discarded: association broke off: its end was not recorded (no object was kept)
		> recover
	`)
}

// Each of the process's steps can be its last: nothing that was answered is lost.
func TestCrashBetweenSteps(t *testing.T) {
	tell(t, Process, `
		> open A CT1
		A receiving
		> spool A 1 x
		> crash
		> spool A 1 y
		> fail CloseArrival
		> recover
		error: recover arrival A: close arrival: commit: no space left on device
		> crash
		> recover
		A complete x y: association broke off: its end was not recorded
		match!
	`)
}

func TestFullDisk(t *testing.T) {
	tell(t, Hold, `
		> fail OpenArrival
		> open A CT1
		error: commit: no space left on device
		> open A CT1
		A receiving
		> fail AddObjects
		> add A 1 x
		error: commit: no space left on device
		> fail CloseArrival
		> release A
		error: close arrival: commit: no space left on device
		> fail Associations
		> recover
		error: commit: no space left on device
		> fail Recorded
		> recover
		error: recover arrival A: commit: no space left on device
		> fail CloseArrival
		> recover
		error: recover arrival A: close arrival: commit: no space left on device
		> recover
		A complete x
		match!
	`)
}

// An arrival that cannot be recovered keeps no other from it.
func TestOneOfTwoIsRecovered(t *testing.T) {
	tell(t, Hold, `
		> open A CT1
		A receiving
		> open B CT1
		B receiving
		> spool B 1 x
		> crash
		> fail Recorded
		> recover
		B incomplete x: association broke off: its end was not recorded
		error: recover arrival A: commit: no space left on device
	`)
}

// What storage commitment was asked for is kept, whatever the site wants.
func TestDiscardKeepsWhatCommitmentWasAskedFor(t *testing.T) {
	tell(t, Discard, `
		> open A CT1
		A receiving
		> spool A 1 x
		> asked A
		> abort A
		A incomplete x: association broke off: EOF; kept: storage commitment was asked for
		> files
		A/x
		> open B CT1
		B receiving
		> spool B 1 y
		> asked B
		> crash
		> recover
		B incomplete y: association broke off: its end was not recorded; kept: storage commitment was asked for
	`)
}

func TestUnreadableFiles(t *testing.T) {
	tell(t, Discard, `
		> open A CT1
		A receiving
		> spool A 1 x
		> crash
		> unreadable A
		> recover
		A discarded x: association broke off: its end was not recorded
		[ERROR] some of an arrival's files cannot be read; they are kept: arrival=A error="input/output error"
		error: recover arrival A: input/output error
	`)
}

func TestIncompleteArrivalsUnreadable(t *testing.T) {
	tell(t, Hold, `
		> open A CT1
		A receiving
		> spool A 1 x
		> fail tries
		> release A
		error: close arrival: input/output error
		> recover
		A complete x
		match!
	`)
}

// Of two ends at once one counts; recovery takes the other for what it is.
func TestTwoEndsAtOnce(t *testing.T) {
	tell(t, Hold, `
		> open A CT1
		A receiving
		> add A 1 x
		A receiving x
		> crash
		> late CloseArrival
		> together recover | release A
		A complete x
		match!
		> open B CT1
		B receiving
		> add B 2 x
		B receiving x
		> late CloseArrival
		> together release B | abort B
		B complete x
		match!
	`)
}

func TestALateEnd(t *testing.T) {
	tell(t, Hold, `
		> open A CT1
		A receiving
		> add A 1 x
		A receiving x
		> abort A
		A incomplete x: association broke off: EOF
		> release A
		A complete x
		match!
		> release A
		error: close arrival: arrival A: cannot go from complete to complete
		> abort A
		error: close arrival: arrival A: cannot go from complete to incomplete
	`)
}

// An agent that stops waits for no answer; what it could not record is found
// again.
func TestCanceled(t *testing.T) {
	tell(t, Hold, `
		> open A CT1
		A receiving
		> spool A 1 x
		> block CloseArrival
		> release A
		error: close arrival: context deadline exceeded
		> block Recorded
		> recover
		error: recover arrival A: context deadline exceeded
		> crash
		> recover
		A incomplete x: association broke off: its end was not recorded
	`)
}
