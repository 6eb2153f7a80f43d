package schedule

import "testing"

// A run of which nothing runs is canceled by the action itself: the scheduler
// forgets it, and starts nothing of it.
func TestCancelOfARunThatWaits(t *testing.T) {
	tell(t, `
		> docker has 1
		> run R chain
		> run S chain
		> start
		R-0-1 intended on docker
		R-0-1 executes
		told: S/a waits for a free CPU slot
		> cancel S
		S is read again
		> R-0-1 ends ok
		R: R-0-1 ended, a succeeded
		R-0-1 removed
		R-1-1 intended on docker
		R-1-1 executes runs/R/0-1/out/out-a
		> next
	`)
}

func TestCancelOfARunThatRuns(t *testing.T) {
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
		> next
		> cancel R
		R is read again
		R-1-1 is asked to stop
		R-2-1 is asked to stop
		> R-1-1 ends stopped
		R: R-1-1 ended (canceled by anna), b canceled (canceled by anna)
		R-1-1 removed
		> R-2-1 ends ok
		R: R-2-1 ended, c canceled (canceled by anna), canceled (canceled by anna)
		R-2-1 removed
		> next
	`)
}

// Two cancels are one.
func TestCancelTwice(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R pair
		> start
		R-0-1 intended on docker
		R-1-1 intended on docker
		R-0-1 executes
		R-1-1 executes
		> cancel R
		R is read again
		R-0-1 is asked to stop
		R-1-1 is asked to stop
		> cancel R
		R is read again
		> R-1-1 ends stopped
		R: R-1-1 ended (canceled by anna), b canceled (canceled by anna)
		R-1-1 removed
		> R-0-1 ends stopped
		R: R-0-1 ended (canceled by anna), a canceled (canceled by anna), canceled (canceled by anna)
		R-0-1 removed
		> next
		> cancel R
		R is read again
	`)
}

func TestCancelOfATaskThatRests(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R retry
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> R-0-1 ends vanishes
		R: R-0-1 ended (vanishes), a pending (vanishes)
		R-0-1 removed
		> cancel R
		R is read again
		> idle 1m
	`)
}

func TestCancelWhileAnAttemptIsRecorded(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R single
		> block Intend
		> start
		> cancel R
		R is read again
		> unblock
		Intend: run R: cannot go from canceled to running
		R is read again
		> idle 1m
	`)
}

// An attempt that was recorded a moment before is stopped.
func TestCancelAsAnAttemptIsRecorded(t *testing.T) {
	tell(t, `
		> docker has 9
		> run S single
		> lost Intend
		> start
		S-0-1 intended on docker
		Intend: input/output error
		> cancel S
		S is read again
		S-0-1 executes still
		S-0-1 is asked to stop
		> idle 1m
	`)
}

// The attempt ended, and that is on its way to the database: the run is canceled
// all the same, and nothing is sent.
func TestEndAndCancelAtOnce(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R send
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> block Settle
		> R-0-1 ends ok
		> cancel R
		> unblock
		Settle: run R: cannot go from canceling to sending
		R is read again
		R-0-1 executes still
		R: R-0-1 ended, a canceled (canceled by anna), canceled (canceled by anna)
		R-0-1 removed
		> next
	`)
}

func TestFailureAndCancelAtOnce(t *testing.T) {
	tell(t, `
		> docker has 9
		> run S chain
		> start
		S-0-1 intended on docker
		S-0-1 executes
		> block Settle
		> S-0-1 ends fails
		> cancel S
		> unblock
		Settle: task S/b: cannot go from canceled to skipped
		S is read again
		S-0-1 executes still
		S: S-0-1 ended (canceled by anna), a canceled (canceled by anna), canceled (canceled by anna)
		S-0-1 removed
		> next
	`)
}

// Here the end is recorded first.
func TestCancelAfterAnEnd(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R chain
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> late OpenRuns
		> wake
		> R-0-1 ends ok
		> cancel R
		> next
		R is read again
		R: R-0-1 ended, a canceled (canceled by anna), canceled (canceled by anna)
		R-0-1 removed
		> next
	`)
}

func TestRestartWhileARunIsCanceled(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R pair
		> start
		R-0-1 intended on docker
		R-1-1 intended on docker
		R-0-1 executes
		R-1-1 executes
		> cancel R
		R is read again
		R-0-1 is asked to stop
		R-1-1 is asked to stop
		> stop
		> start
		R-0-1 executes still
		R-1-1 executes still
		R-0-1 is asked to stop
		R-1-1 is asked to stop
		> R-0-1 ends stopped
		R: R-0-1 ended (canceled by anna), a canceled (canceled by anna)
		R-0-1 removed
		> crash
		> start
		R-1-1 executes still
		R-1-1 is asked to stop
		> R-1-1 ends stopped
		R: R-1-1 ended (canceled by anna), b canceled (canceled by anna), canceled (canceled by anna)
		R-1-1 removed
		> next
		> stop
		> start
	`)
}

// The action was recorded, and the agent died before it did anything.
func TestCancelOfARunThatNobodyRuns(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R single
		> run S single
		> start
		R-0-1 intended on docker
		S-0-1 intended on docker
		R-0-1 executes
		S-0-1 executes
		> crash
		> cancel R
		> start
		R-0-1 executes still
		S-0-1 executes still
		R-0-1 is asked to stop
		> R-0-1 ends stopped
		R: R-0-1 ended (canceled by anna), a canceled (canceled by anna), canceled (canceled by anna)
		R-0-1 removed
		> cancel S
		S is read again
		S-0-1 is asked to stop
		> crash at Settle
		> S-0-1 ends ok
		Settle: crash
		> stop
		> start
		S-0-1 executes still
		S: S-0-1 ended, a canceled (canceled by anna), canceled (canceled by anna)
		S-0-1 removed
	`)
}

// Its executor is away: the run waits for it.
func TestCancelWithoutItsExecutor(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R single
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> docker away
		> cancel R
		R is read again
		R-0-1 is asked to stop
		> idle 1h
		> docker back
		> R-0-1 ends stopped
		R: R-0-1 ended (canceled by anna), a canceled (canceled by anna), canceled (canceled by anna)
		R-0-1 removed
		> next
	`)
}

// Its executor is not one of the site's any more.
func TestCancelOfAnAttemptOnAnExecutorThatIsGone(t *testing.T) {
	tell(t, `
		> docker has 9
		> slurm has 9
		> run R slurm
		> start
		R-0-1 intended on docker
		R-1-1 intended on slurm
		R-0-1 executes
		R-1-1 executes
		> R-0-1 ends ok
		R: R-0-1 ended, a succeeded
		R-0-1 removed
		> next
		> cancel R
		R is read again
		R-1-1 is asked to stop
		> stop
		> slurm gone
		> start
		R: R-1-1 ended (canceled by anna), b canceled (canceled by anna), canceled (canceled by anna)
		R-1-1 removed
	`)
}

func TestCancelOnAFullDisk(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R single
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> cancel R
		R is read again
		R-0-1 is asked to stop
		> disk full
		> R-0-1 ends stopped
		Settle: no space left on device
		> idle 2s
		Settle: no space left on device
		Settle: no space left on device
		> disk free
		> next
		R: R-0-1 ended (canceled by anna), a canceled (canceled by anna), canceled (canceled by anna)
		R-0-1 removed
		> run S single
		> wake
		S-0-1 intended on docker
		S-0-1 executes
		> fail ActedAfter
		> cancel S
		ActedAfter: no space left on device
		> next
		S is read again
		S-0-1 is asked to stop
		> fail OpenRun
		> cancel S
		OpenRun: no space left on device
		> S-0-1 ends stopped
		S is read again
		S-0-1 executes still
		S: S-0-1 ended (canceled by anna), a canceled (canceled by anna), canceled (canceled by anna)
		S-0-1 removed
		> next
	`)
}

// An attempt is asked to stop though another end of the run cannot be recorded.
func TestCancelWhileASettlementCannotBeRecorded(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R pair
		> start
		R-0-1 intended on docker
		R-1-1 intended on docker
		R-0-1 executes
		R-1-1 executes
		> disk full
		> R-0-1 ends ok
		Settle: no space left on device
		> cancel R
		R-1-1 is asked to stop
		> disk free
		> next
		R: R-0-1 ended, a succeeded
		R is read again
		R-0-1 removed
		> R-1-1 ends stopped
		R: R-1-1 ended (canceled by anna), b canceled (canceled by anna), canceled (canceled by anna)
		R-1-1 removed
		> next
	`)
}

// A stored flow that cannot be read does not keep its run from being canceled.
func TestCancelOfARunWithoutItsFlow(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R single
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> cancel R
		R is read again
		R-0-1 is asked to stop
		> crash
		> spoil R
		> start
		R: R-0-1 ended (its run is not open any more)
		R: a canceled (canceled by anna), canceled (canceled by anna)
		R-0-1 removed
	`)
}
