package schedule

import "testing"

// What succeeded stays, with its outputs. Attempts are numbered on, and budgets
// begin anew.
func TestRetryOfAFailedRun(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R retry
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> R-0-1 ends fails
		R: R-0-1 ended (fails), a pending (fails)
		R-0-2 intended on docker
		R-0-1 removed
		R-0-2 executes
		> R-0-2 ends fails
		R: R-0-2 ended (fails), a failed (fails), b skipped (needs a, which did not succeed), failed (task a: fails)
		R-0-2 removed
		> retry R
		R is read again
		R-0-3 intended on docker
		R-0-3 executes
		> R-0-3 ends fails
		R: R-0-3 ended (fails), a pending (fails)
		R-0-4 intended on docker
		R-0-3 removed
		R-0-4 executes
		> R-0-4 ends ok
		R: R-0-4 ended, a succeeded
		R-0-4 removed
		R-1-1 intended on docker
		R-1-1 executes runs/R/0-4/out/out-a
		> R-1-1 ends rejected
		R: R-1-1 ended (rejected), b failed (rejected), failed (task b: rejected)
		R-1-1 removed
		> retry R
		R is read again
		R-1-2 intended on docker
		R-1-2 executes runs/R/0-4/out/out-a
		> R-1-2 ends ok
		R: R-1-2 ended, b succeeded, done
		R-1-2 removed
		> retry R
		R is read again
	`)
}

func TestRetryOfACanceledRun(t *testing.T) {
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
		> R-1-1 ends stopped
		R: R-1-1 ended (canceled by anna), b canceled (canceled by anna)
		R-1-1 removed
		> R-0-1 ends stopped
		R: R-0-1 ended (canceled by anna), a canceled (canceled by anna), canceled (canceled by anna)
		R-0-1 removed
		> retry R
		R is read again
		R-0-2 intended on docker
		R-1-2 intended on docker
		R-0-2 executes
		R-1-2 executes
		> R-1-2 ends ok
		R: R-1-2 ended, b succeeded
		R-1-2 removed
		> R-0-2 ends ok
		R: R-0-2 ended, a succeeded, done
		R-0-2 removed
	`)
}

// The action was recorded while no agent ran.
func TestRetryBeforeARestart(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R chain
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> R-0-1 ends ok
		R: R-0-1 ended, a succeeded
		R-0-1 removed
		R-1-1 intended on docker
		R-1-1 executes runs/R/0-1/out/out-a
		> R-1-1 ends fails
		R: R-1-1 ended (fails), b failed (fails), failed (task b: fails)
		R-1-1 removed
		> crash
		> retry R
		> start
		R-1-2 intended on docker
		R-1-2 executes runs/R/0-1/out/out-a
	`)
}

// What the last try held is held until its executor is back, also from the next.
func TestRetryWhileTheLastTryIsNotRemoved(t *testing.T) {
	tell(t, `
		> docker has 9 gpus 1
		> run R gpu
		> start
		R-0-1 intended on docker gpu0
		R-0-1 executes
		> cancel R
		R is read again
		R-0-1 is asked to stop
		> docker away
		> R-0-1 ends rejected
		R: R-0-1 ended (canceled by anna), a canceled (canceled by anna), canceled (canceled by anna)
		R-0-1 keeps gpu0
		> retry R
		R is read again
		told: R/a waits for an executor: docker: no answer
		> docker back
		> next
		told: R/a waits for a GPU that cannot be leased: attempt R-0-1, which executor docker does not remove: see the agent's log
		> next
		R-0-2 intended on docker gpu0
		R-0-1 removed
		R-0-2 executes
		> next
	`)
}

// It was canceled again before the scheduler read that it is to be tried again.
func TestRetryAndCancelAtOnce(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R single
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> R-0-1 ends fails
		R: R-0-1 ended (fails), a failed (fails), failed (task a: fails)
		R-0-1 removed
		> block ActedAfter
		> retry R
		> cancel R
		> unblock
		R is read again
		> retry R
		R is read again
		R-0-2 intended on docker
		R-0-2 executes
	`)
}

func TestRetryThatCannotBeRead(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R single
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> R-0-1 ends fails
		R: R-0-1 ended (fails), a failed (fails), failed (task a: fails)
		R-0-1 removed
		> fail ActedAfter
		> retry R
		ActedAfter: no space left on device
		> next
		R is read again
		R-0-2 intended on docker
		R-0-2 executes
		> R-0-2 ends ok
		R: R-0-2 ended, a succeeded, done
		R-0-2 removed
		> stop
		> fail LastEntry
		> start
		LastEntry: no space left on device
		Run: resume open runs: no space left on device
	`)
}

// It was never loaded before: it is loaded with the new runs, once.
func TestRetryOfARunThatIsNotLoaded(t *testing.T) {
	tell(t, `
		> docker has 9
		> start
		> run R single
		> set R failed
		> fail OpenRuns
		> retry R
		OpenRuns: no space left on device
		R is read again
		> next
		R-0-1 intended on docker
		R-0-1 executes
		> R-0-1 ends ok
		R: R-0-1 ended, a succeeded, done
		R-0-1 removed
	`)
}
