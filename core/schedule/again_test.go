package schedule

import "testing"

// A restart neither forgets a pause nor shortens it, and the pauses go on
// growing.
func TestARestartWithinAPause(t *testing.T) {
	tell(t, `
		> docker has 1
		> run R single
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> R-0-1 ends unstarted
		R: R-0-1 ended (unstarted), a pending (unstarted)
		R-0-1 removed
		> next
		R-0-2 intended on docker
		R-0-2 executes
		> R-0-2 ends unstarted
		R: R-0-2 ended (unstarted), a pending (unstarted)
		R-0-2 removed
		> idle 900ms
		> crash
		> start
		> idle 900ms
		> next
		R-0-3 intended on docker
		R-0-3 executes
		> R-0-3 ends unstarted
		R: R-0-3 ended (unstarted), a pending (unstarted)
		R-0-3 removed
		> stop
		> start
		> idle 3900ms
		> next
		R-0-4 intended on docker
		R-0-4 executes
	`)
}

// It is given up by the time of running that its tries took, over restarts.
func TestInfrastructureFailsForLong(t *testing.T) {
	tell(t, `
		> docker has 1
		> run R chain
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> R-0-1 ends unstarted
		R: R-0-1 ended (unstarted), a pending (unstarted)
		R-0-1 removed
		> next
		R-0-2 intended on docker
		R-0-2 executes
		> idle 58m
		> R-0-2 ends unstarted
		R: R-0-2 ended (unstarted), a pending (unstarted)
		R-0-2 removed
		> stop
		> start
		> next
		R-0-3 intended on docker
		R-0-3 executes
		> idle 3m
		> R-0-3 ends unstarted
		R: R-0-3 ended (unstarted), a failed (given up after 3 tries: unstarted), b skipped (needs a, which did not succeed), failed (task a: given up after 3 tries: unstarted)
		R-0-3 removed
	`)
}

// A clock on the wall that was a year ahead when the pause was recorded keeps the
// task from its next try for no longer than the pause; one that was behind ends
// the pause. Neither fails it.
func TestAWrongClockWithinAPause(t *testing.T) {
	tell(t, `
		> docker has 1
		> run R single
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> R-0-1 ends unstarted
		R: R-0-1 ended (unstarted), a pending (unstarted)
		R-0-1 removed
		> stop
		> clock R/a 8760h
		> start
		> idle 1900ms
		> next
		R-0-2 intended on docker
		R-0-2 executes
		> R-0-2 ends unstarted
		R: R-0-2 ended (unstarted), a pending (unstarted)
		R-0-2 removed
		> stop
		> clock R/a -8760h
		> start
		R-0-3 intended on docker
		R-0-3 executes
		> R-0-3 ends ok
		R: R-0-3 ended, a succeeded, done
		R-0-3 removed
	`)
}
