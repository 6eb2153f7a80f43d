package assemble

import "testing"

// The loop ends at once what an earlier process left, and later what could not
// be recorded when it came.
func TestLoop(t *testing.T) {
	tell(t, Hold, `
		> open A CT1
		A receiving
		> spool A 1 x
		> crash
		> run
		A incomplete x: association broke off: its end was not recorded
		> open B CT2
		B receiving
		> spool B 1 y
		> fail CloseArrival
		> release B
		error: close arrival: commit: no space left on device
		> wait 29s
		> wait 1s
		B complete y
		match!
		> wait 1h
	`)
}

// What the loop cannot do it logs, and does at the next interval.
func TestLoopRetries(t *testing.T) {
	tell(t, Hold, `
		> open A CT1
		A receiving
		> spool A 1 x
		> crash
		> fail Associations
		> run
		[ERROR] cannot end arrivals that were left; retrying: error="commit: no space left on device"
		> fail CloseArrival
		> wait 30s
		[ERROR] cannot end arrivals that were left; retrying: error="recover arrival A: close arrival: commit: no space left on device"
		> wait 30s
		A incomplete x: association broke off: its end was not recorded
	`)
}

// A loop that stops waits for no answer and does not complain.
func TestLoopStops(t *testing.T) {
	for _, call := range []string{"Associations", "Recorded", "CloseArrival"} {
		t.Run(call, func(t *testing.T) {
			tell(t, Hold, `
				> open A CT1
				A receiving
				> spool A 1 x
				> crash
				> block `+call+`
				> run
				> stop
				> run
				A incomplete x: association broke off: its end was not recorded
				> stop
			`)
		})
	}
}
