package schedule

import "testing"

// Two ends at one moment are one commit, and one that comes while it is under
// way is the next.
func TestEndsAtOneMoment(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R diamond
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> R-0-1 ends ok
		R: R-0-1 ended, a succeeded
		R-0-1 removed
		R-1-1 intended on docker
		R-2-1 intended on docker
		R-1-1 executes runs/R/0-1/out/out-a
		R-2-1 executes runs/R/0-1/out/out-a
		> late OpenRuns
		> wake
		> R-1-1 R-2-1 ends ok
		> next
		R: R-1-1 ended, R-2-1 ended, b succeeded, c succeeded
		R-1-1 removed
		R-2-1 removed
		R-3-1 intended on docker
		R-3-1 executes runs/R/1-1/out/out-b runs/R/2-1/out/out-c
		> run S diamond
		> wake
		S-0-1 intended on docker
		S-0-1 executes
		> S-0-1 ends ok
		S: S-0-1 ended, a succeeded
		S-0-1 removed
		S-1-1 intended on docker
		S-2-1 intended on docker
		S-1-1 executes runs/S/0-1/out/out-a
		S-2-1 executes runs/S/0-1/out/out-a
		> block Settle
		> S-1-1 ends ok
		> S-2-1 ends ok
		> unblock
		S: S-1-1 ended, b succeeded
		S: S-2-1 ended, c succeeded
		S-1-1 removed
		S-2-1 removed
		S-3-1 intended on docker
		S-3-1 executes runs/S/1-1/out/out-b runs/S/2-1/out/out-c
	`)
}

func TestBlame(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R retry
		> run S retry
		> run T retry
		> run U retry
		> start
		R-0-1 intended on docker
		S-0-1 intended on docker
		R-0-1 executes
		T-0-1 intended on docker
		U-0-1 intended on docker
		S-0-1 executes
		T-0-1 executes
		U-0-1 executes
		> R-0-1 ends fails
		R: R-0-1 ended (fails), a pending (fails)
		R-0-2 intended on docker
		R-0-1 removed
		R-0-2 executes
		> R-0-2 ends fails
		R: R-0-2 ended (fails), a failed (fails), b skipped (needs a, which did not succeed), failed (task a: fails)
		R-0-2 removed
		> S-0-1 ends timeout
		S: S-0-1 ended (timeout), a failed (timeout), b skipped (needs a, which did not succeed), failed (task a: timeout)
		S-0-1 removed
		> T-0-1 ends rejected
		T: T-0-1 ended (rejected), a failed (rejected), b skipped (needs a, which did not succeed), failed (task a: rejected)
		T-0-1 removed
		> U-0-1 ends broken
		U: U-0-1 ended (broken), a pending (broken)
		U-0-1 removed
		> next
		U-0-2 intended on docker
		U-0-2 executes
		> U-0-2 ends ok
		U: U-0-2 ended, a succeeded
		U-0-2 removed
		U-1-1 intended on docker
		U-1-1 executes runs/U/0-2/out/out-a
	`)
}

// What infrastructure failed is tried again after a growing backoff, apart from
// the flow's retries. A node on which a try was lost is avoided.
func TestInfrastructureFails(t *testing.T) {
	tell(t, `
		> docker has 1
		> run R retry
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> R-0-1 ends lost n1
		R: R-0-1 ended (lost n1), a pending (lost n1)
		R-0-1 removed
		> idle 900ms
		> next
		R-0-2 intended on docker
		R-0-2 executes, not on n1
		> R-0-2 ends vanishes
		R: R-0-2 ended (vanishes), a pending (vanishes)
		R-0-2 removed
		> idle 1900ms
		> next
		R-0-3 intended on docker
		R-0-3 executes, not on n1
		> R-0-3 ends fails
		R: R-0-3 ended (fails), a pending (fails)
		R-0-4 intended on docker
		R-0-3 removed
		R-0-4 executes, not on n1
		> R-0-4 ends lost n2
		R: R-0-4 ended (lost n2), a pending (lost n2)
		R-0-4 removed
		> idle 3900ms
		> next
		R-0-5 intended on docker
		R-0-5 executes, not on n1 n2
	`)
}

// What can never work, and what somebody stopped from outside, fails at once.
func TestWhatIsNotTriedAgain(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R retry
		> run S retry
		> start
		R-0-1 intended on docker
		S-0-1 intended on docker
		R-0-1 executes
		S-0-1 executes
		> R-0-1 ends impossible
		R: R-0-1 ended (impossible), a failed (impossible), b skipped (needs a, which did not succeed), failed (task a: impossible)
		R-0-1 removed
		> S-0-1 ends killed
		S: S-0-1 ended (killed), a failed (killed), b skipped (needs a, which did not succeed), failed (task a: killed)
		S-0-1 removed
	`)
}

// The nodes of earlier tries are not worth waiting for.
func TestNodesThatCannotBeRead(t *testing.T) {
	tell(t, `
		> docker has 1
		> run R retry
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> R-0-1 ends lost n1
		R: R-0-1 ended (lost n1), a pending (lost n1)
		R-0-1 removed
		> fail Attempts
		> next
		Attempts: no space left on device
		R-0-2 intended on docker
		R-0-2 executes
	`)
}

// Its siblings go on when a task has failed, and the run ends with the last one.
func TestDependentsAreSkipped(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R diamond
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> R-0-1 ends ok
		R: R-0-1 ended, a succeeded
		R-0-1 removed
		R-1-1 intended on docker
		R-2-1 intended on docker
		R-1-1 executes runs/R/0-1/out/out-a
		R-2-1 executes runs/R/0-1/out/out-a
		> R-1-1 ends fails
		R: R-1-1 ended (fails), b failed (fails), d skipped (needs b, which did not succeed)
		R-1-1 removed
		> R-2-1 ends ok
		R: R-2-1 ended, c succeeded, failed (task b: fails)
		R-2-1 removed
		> run S diamond
		> wake
		S-0-1 intended on docker
		S-0-1 executes
		> S-0-1 ends fails
		S: S-0-1 ended (fails), a failed (fails), b skipped (needs a, which did not succeed), c skipped (needs a, which did not succeed), d skipped (needs b, which did not succeed), failed (task a: fails)
		S-0-1 removed
	`)
}
