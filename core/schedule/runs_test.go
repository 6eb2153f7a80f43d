package schedule

import "testing"

func TestARun(t *testing.T) {
	tell(t, `
		> docker has 2
		> run R single
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> R-0-1 ends ok
		R: R-0-1 ended, a succeeded, done
		R-0-1 removed
		> stop
	`)
}

func TestADiamond(t *testing.T) {
	tell(t, `
		> docker has 2
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
		> R-1-1 ends ok
		R: R-1-1 ended, b succeeded
		R-1-1 removed
		> R-2-1 ends ok
		R: R-2-1 ended, c succeeded
		R-2-1 removed
		R-3-1 intended on docker
		R-3-1 executes runs/R/1-1/out/out-b runs/R/2-1/out/out-c
		> R-3-1 ends ok
		R: R-3-1 ended, d succeeded, done
		R-3-1 removed
		> stop
	`)
}

// A name that the site does not know leads nowhere, and the delivery says so. A
// shadow flow sends nothing. Of several senders, the results return to each once.
func TestDeliveries(t *testing.T) {
	tell(t, `
		> docker has 2
		> run R send
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> R-0-1 ends ok
		R: R-0-1 ended, a succeeded, sending, to CT1 at "10.0.0.7:11112", to pacs at "10.0.0.9:104", to lost at ":0", to OTHER at "10.0.0.8:105"
		deliver!
		R-0-1 removed
		> run T senders
		> wake
		T-0-1 intended on docker
		T-0-1 executes
		> T-0-1 ends ok
		T: T-0-1 ended, a succeeded, sending, to CT1 at "10.0.0.7:11112", to MR1 at "10.0.0.9:11112", to CT1 at "10.0.0.8:11112"
		deliver!
		T-0-1 removed
		> run S shadow
		> wake
		S-0-1 intended on docker
		S-0-1 executes
		> S-0-1 ends ok
		S: S-0-1 ended, a succeeded, done
		S-0-1 removed
	`)
}

// Without a wake-up a run is found by the next look.
func TestAMissedWakeUp(t *testing.T) {
	tell(t, `
		> docker has 1
		> start
		> run R single
		> idle 29s
		> next
		R-0-1 intended on docker
		R-0-1 executes
	`)
}

// Later tasks of runs go first, then the priority, then the order of arrival,
// though a slot gets free before the end that frees it is recorded.
func TestOrder(t *testing.T) {
	tell(t, `
		> docker has 1
		> run R chain
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> run S single
		> run T single 5
		> wake
		told: S/a waits for a free CPU slot, T/a waits for a free CPU slot
		> late Settle
		> R-0-1 ends ok
		> next
		R: R-0-1 ended, a succeeded
		R-0-1 removed
		R-1-1 intended on docker
		R-1-1 executes runs/R/0-1/out/out-a
		> R-1-1 ends ok
		R: R-1-1 ended, b succeeded, done
		R-1-1 removed
		T-0-1 intended on docker
		T-0-1 executes
		> T-0-1 ends ok
		S-0-1 intended on docker
		T: T-0-1 ended, a succeeded, done
		S-0-1 executes
		T-0-1 removed
		> S-0-1 ends ok
		S: S-0-1 ended, a succeeded, done
		S-0-1 removed
	`)
}

// A task that nothing depends on frees its slot before its end is recorded.
func TestASlotIsFreeAtOnce(t *testing.T) {
	tell(t, `
		> docker has 1
		> run R single
		> run S single
		> start
		R-0-1 intended on docker
		R-0-1 executes
		told: S/a waits for a free CPU slot
		> block Settle
		> R-0-1 ends ok
		S-0-1 intended on docker
		S-0-1 executes
		> S-0-1 ends ok
		S: S-0-1 ended, a succeeded, done
		S-0-1 removed
		> unblock
		R: R-0-1 ended, a succeeded, done
		R-0-1 removed
	`)
}

// What a GPU task leased goes to the next task of its run first.
func TestGPUs(t *testing.T) {
	tell(t, `
		> docker has 1 gpus 1
		> run R gpus
		> run S gpu
		> start
		R-0-1 intended on docker gpu0
		R-0-1 executes
		told: S/a waits for a free GPU
		> R-0-1 ends ok
		R: R-0-1 ended, a succeeded
		R-0-1 removed
		R-1-1 intended on docker gpu0
		R-1-1 executes runs/R/0-1/out/out-a
		> R-1-1 ends ok
		R: R-1-1 ended, b succeeded, done
		S-0-1 intended on docker gpu0
		R-1-1 removed
		S-0-1 executes
		> S-0-1 ends ok
		S: S-0-1 ended, a succeeded, done
		S-0-1 removed
	`)
}

// A container of which the end is unknown may use its GPU until its executor
// has removed it.
func TestAGPUOfATaskThatMayRun(t *testing.T) {
	tell(t, `
		> docker has 1 gpus 1
		> run R gpu
		> run S gpu
		> start
		R-0-1 intended on docker gpu0
		R-0-1 executes
		told: S/a waits for a free GPU
		> docker away
		> R-0-1 ends impossible
		R: R-0-1 ended (impossible), a failed (impossible), failed (task a: impossible)
		R-0-1 keeps gpu0
		> next
		told: S/a waits for an executor: docker: no answer
		> docker back
		> next
		told: S/a waits for a GPU that cannot be leased: attempt R-0-1, which executor docker does not remove: see the agent's log
		> next
		R-0-1 removed
		S-0-1 intended on docker gpu0
		S-0-1 executes
	`)
}

func TestReasonsForWaiting(t *testing.T) {
	tell(t, `
		> docker has 1
		> run R single
		> run S single
		> run T single
		> start
		R-0-1 intended on docker
		R-0-1 executes
		told: S/a waits for a free CPU slot, T/a waits for a free CPU slot
		> wake
		> idle 1m
		> docker away
		told: S/a waits for an executor: docker: no answer, T/a waits for an executor: docker: no answer
		> fail SetWaiting
		> docker back
		> next
		SetWaiting: no space left on device
		> run U single
		> late SetWaiting
		> wake
		> R-0-1 ends ok
		R: R-0-1 ended, a succeeded, done
		S-0-1 intended on docker
		R-0-1 removed
		S-0-1 executes
		> next
		told: T/a waits for a free CPU slot, U/a waits for a free CPU slot
	`)
}
