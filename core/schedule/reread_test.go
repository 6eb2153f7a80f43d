package schedule

import "testing"

func TestAnIntentThatHasMoved(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R pair
		> moved Intend
		> start
		Intend: moved
		R is read again
		R-1-1 intended on docker
		R-0-1 intended on docker
		R-1-1 executes
		R-0-1 executes
		> set R canceled
		> R-0-1 ends ok
		Settle: task R/a: cannot go from canceled to succeeded
		R is read again
		R: R-0-1 ended (its run is not open any more)
		R-0-1 removed
	`)
}

// A run is read again while another of its attempts is about to be recorded.
func TestAnIntentWhileItsRunIsReadAgain(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R pair
		> block Intend
		> moved Intend
		> start
		Intend: moved
		R is read again
		R-1-1 intended on docker
		R-1-1 executes
		> unblock
		R-0-1 intended on docker
		R-0-1 executes
		> R-0-1 ends ok
		R: R-0-1 ended, a succeeded
		R-0-1 removed
		> R-1-1 ends ok
		R: R-1-1 ended, b succeeded, done
		R-1-1 removed
	`)
}

// The same, and what was under way could not be recorded.
func TestAFailingIntentWhileItsRunIsReadAgain(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R pair
		> block Intend
		> moved Intend
		> start
		Intend: moved
		R is read again
		R-1-1 intended on docker
		R-1-1 executes
		> disk full
		> unblock
		Intend: no space left on device
		> disk free
		> next
		R-0-1 intended on docker
		R-0-1 executes
		> next
	`)
}

// A run is read again while a settlement of it is on its way.
func TestASettlementWhileItsRunIsReadAgain(t *testing.T) {
	tell(t, `
		> docker has 9
		> slurm has 1
		> slurm away
		> run R slurm
		> start
		R-0-1 intended on docker
		R-0-1 executes
		told: R/b waits for an executor: slurm: no answer
		> block Settle
		> R-0-1 ends ok
		> moved Intend
		> slurm back
		Intend: moved
		> unblock
		R: R-0-1 ended, a succeeded
		R is read again
		R-0-1 removed
		R-1-1 intended on slurm
		R-1-1 executes
		> R-1-1 ends ok
		R: R-1-1 ended, b succeeded, done
		R-1-1 removed
	`)
}

func TestARunThatCannotBeReadAgain(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R chain
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> moved Settle
		> fail OpenRun
		> R-0-1 ends ok
		Settle: moved
		OpenRun: no space left on device
		> next
		R is read again
		R-0-1 executes still
		R: R-0-1 ended, a succeeded
		R-0-1 removed
		R-1-1 intended on docker
		R-1-1 executes runs/R/0-1/out/out-a
		> moved Settle
		> fail Attempts
		> R-1-1 ends ok
		Settle: moved
		R is read again
		Attempts: no space left on device
		> next
		R is read again
		R-1-1 executes still runs/R/0-1/out/out-a
		R: R-1-1 ended, b succeeded, done
		R-1-1 removed
	`)
}

// What could not be read is read again, though the time for it passes while the
// store is slow.
func TestARetryThatIsDueWhileTheStoreIsSlow(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R chain
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> run S single
		> fail OpenRuns
		> wake
		OpenRuns: no space left on device
		> moved Settle
		> late OpenRun
		> R-0-1 ends ok
		Settle: moved
		> idle 2s
		R is read again
		R-0-1 executes still
		S-0-1 intended on docker
		R: R-0-1 ended, a succeeded
		R-0-1 removed
		R-1-1 intended on docker
		S-0-1 executes
		R-1-1 executes runs/R/0-1/out/out-a
	`)
}
