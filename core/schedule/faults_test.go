package schedule

import "testing"

// What cannot be recorded is not begun, and is tried again after a second. A
// newer task may go before it then.
func TestAFullDiskAtAnIntent(t *testing.T) {
	tell(t, `
		> docker has 1
		> run R single
		> run S single
		> fail Intend
		> start
		Intend: no space left on device
		S-0-1 intended on docker
		S-0-1 executes
		told: nobody
		> next
		told: R/a waits for a free CPU slot
		> next
	`)
}

// With a full disk three attempts in a row fail, and then none is begun for a
// second, however many tasks are queued.
func TestAFullDiskAtManyIntents(t *testing.T) {
	tell(t, `
		> docker has 1
		> run R single
		> run S single
		> run T single
		> run U single
		> run V single
		> disk full
		> start
		Intend: no space left on device
		Intend: no space left on device
		Intend: no space left on device
		SetWaiting: no space left on device
		> disk free
		> next
		R-0-1 intended on docker
		R-0-1 executes
		told: S/a waits for a free CPU slot, T/a waits for a free CPU slot, U/a waits for a free CPU slot, V/a waits for a free CPU slot
	`)
}

func TestAFullDisk(t *testing.T) {
	tell(t, `
		> docker has 2
		> run R chain
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> disk full
		> R-0-1 ends ok
		Settle: no space left on device
		> next
		Settle: no space left on device
		> disk free
		> next
		R: R-0-1 ended, a succeeded
		R-0-1 removed
		R-1-1 intended on docker
		R-1-1 executes runs/R/0-1/out/out-a
		> disk full
		> R-1-1 ends ok
		Settle: no space left on device
		> disk free
		> next
		R: R-1-1 ended, b succeeded, done
		R-1-1 removed
	`)
}

// Its executor has removed the attempt, so the GPU is free before that is
// recorded.
func TestAFullDiskAtARemoval(t *testing.T) {
	tell(t, `
		> docker has 1 gpus 1
		> run R gpu
		> run S gpu
		> start
		R-0-1 intended on docker gpu0
		R-0-1 executes
		told: S/a waits for a free GPU
		> fail SetRemoved
		> R-0-1 ends rejected
		R: R-0-1 ended (rejected), a failed (rejected), failed (task a: rejected)
		SetRemoved: no space left on device
		S-0-1 intended on docker gpu0
		S-0-1 executes
		> next
		R-0-1 removed
	`)
}

// A settlement that the store does not answer keeps its own run only.
func TestABlockedSettlement(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R chain
		> run S chain
		> start
		R-0-1 intended on docker
		S-0-1 intended on docker
		R-0-1 executes
		S-0-1 executes
		> block Settle
		> R-0-1 ends ok
		> S-0-1 ends ok
		S: S-0-1 ended, a succeeded
		S-0-1 removed
		S-1-1 intended on docker
		S-1-1 executes runs/S/0-1/out/out-a
		> S-1-1 ends ok
		S: S-1-1 ended, b succeeded, done
		S-1-1 removed
		> unblock
		R: R-0-1 ended, a succeeded
		R-0-1 removed
		R-1-1 intended on docker
		R-1-1 executes runs/R/0-1/out/out-a
	`)
}

// An answer that is lost on its way is not the end of a run.
func TestLostAnswers(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R chain
		> lost Intend
		> start
		R-0-1 intended on docker
		Intend: input/output error
		> next
		Intend: task R/a: cannot go from running to running
		R is read again
		R-0-1 executes still
		> lost Settle
		> R-0-1 ends ok
		R: R-0-1 ended, a succeeded
		Settle: input/output error
		> next
		Settle: attempt R-0-1: cannot go from ended to ended
		R is read again
		R-0-1 removed
		R-1-1 intended on docker
		R-1-1 executes runs/R/0-1/out/out-a
		> lost SetRemoved
		> R-1-1 ends ok
		R: R-1-1 ended, b succeeded, done
		R-1-1 removed
		SetRemoved: input/output error
		> next
		SetRemoved: attempt R-1-1: cannot go from removed to removed
	`)
}

func TestASettlementThatHasMoved(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R chain
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> moved Settle
		> R-0-1 ends ok
		Settle: moved
		R is read again
		R-0-1 executes still
		R: R-0-1 ended, a succeeded
		R-0-1 removed
		R-1-1 intended on docker
		R-1-1 executes runs/R/0-1/out/out-a
	`)
}

// A run ends by somebody else's hand while a task of it runs.
func TestALateEnd(t *testing.T) {
	tell(t, `
		> docker has 9 gpus 1
		> run R gpu
		> run S chain
		> start
		R-0-1 intended on docker gpu0
		S-0-1 intended on docker
		R-0-1 executes
		S-0-1 executes
		> set R canceled
		> R-0-1 ends ok
		Settle: task R/a: cannot go from canceled to succeeded
		R is read again
		R: R-0-1 ended (its run is not open any more)
		R-0-1 removed
		> set S canceled
		> block Settle
		> S-0-1 ends ok
		> unblock
		Settle: task S/a: cannot go from canceled to succeeded
		S is read again
		S: S-0-1 ended (its run is not open any more)
		S-0-1 removed
	`)
}

func TestNewRunsThatCannotBeRead(t *testing.T) {
	tell(t, `
		> docker has 9
		> start
		> run R single
		> run S single
		> fail OpenRuns
		> wake
		OpenRuns: no space left on device
		> next
		R-0-1 intended on docker
		S-0-1 intended on docker
		R-0-1 executes
		S-0-1 executes
		> run T retry
		> fail Definition
		> wake
		Definition: no space left on device
		> next
		T-0-1 intended on docker
		T-0-1 executes
	`)
}
