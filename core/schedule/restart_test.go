package schedule

import "testing"

// A try that may exist in a runtime is resumed, whatever its record says.
func TestRestartInEachState(t *testing.T) {
	tell(t, `
		> docker has 9 gpus 2
		> run R single
		> run S gpu
		> run T gpu
		> start
		R-0-1 intended on docker
		S-0-1 intended on docker gpu0
		R-0-1 executes
		T-0-1 intended on docker gpu1
		S-0-1 executes
		T-0-1 executes
		> block SetRemoved
		> R-0-1 ends ok
		R: R-0-1 ended, a succeeded, done
		> set S-0-1 started
		> stop
		> start
		R-0-1 removed
		S-0-1 executes still
		T-0-1 executes still
		> S-0-1 T-0-1 ends ok
		S: S-0-1 ended, a succeeded, done
		T: T-0-1 ended, a succeeded, done
		S-0-1 removed
		T-0-1 removed
		> stop
		> start
	`)
}

// An ended attempt keeps its GPU until it is removed.
func TestRestartWithAGPUThatIsStillUsed(t *testing.T) {
	tell(t, `
		> docker has 9 gpus 1
		> run R gpu
		> run S gpu
		> start
		R-0-1 intended on docker gpu0
		R-0-1 executes
		told: S/a waits for a free GPU
		> docker away
		> R-0-1 ends rejected
		R: R-0-1 ended (rejected), a failed (rejected), failed (task a: rejected)
		R-0-1 keeps gpu0
		> crash
		> start
		R-0-1 keeps gpu0
		told: S/a waits for an executor: docker: no answer
		> docker back
		> next
		told: S/a waits for a GPU that cannot be leased: attempt R-0-1, which executor docker does not remove: see the agent's log
		> next
		R-0-1 removed
		S-0-1 intended on docker gpu0
		S-0-1 executes
		> S-0-1 ends ok
		S: S-0-1 ended, a succeeded, done
		S-0-1 removed
	`)
}

func TestCrashBeforeTheIntentIsRecorded(t *testing.T) {
	tell(t, `
		> docker has 1
		> run R single
		> crash at Intend
		> start
		Intend: crash
		> stop
		> start
		R-0-1 intended on docker
		R-0-1 executes
	`)
}

func TestCrashBetweenIntentAndStart(t *testing.T) {
	tell(t, `
		> docker has 1
		> run R single
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> crash
		> R-0-1 ends ok
		> start
		R-0-1 executes still
		R: R-0-1 ended, a succeeded, done
		R-0-1 removed
	`)
}

func TestCrashBeforeAnEndIsRecorded(t *testing.T) {
	tell(t, `
		> docker has 1
		> run R chain
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> crash at Settle
		> R-0-1 ends ok
		Settle: crash
		> stop
		> start
		R-0-1 executes still
		R: R-0-1 ended, a succeeded
		R-0-1 removed
		R-1-1 intended on docker
		R-1-1 executes runs/R/0-1/out/out-a
	`)
}

func TestCrashBeforeARemovalIsRecorded(t *testing.T) {
	tell(t, `
		> docker has 1
		> run R chain
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> crash at SetRemoved
		> R-0-1 ends ok
		R: R-0-1 ended, a succeeded
		SetRemoved: crash
		> stop
		> start
		R-0-1 removed
		R-1-1 intended on docker
		R-1-1 executes runs/R/0-1/out/out-a
	`)
}

// What ran on an executor that the site does not have any more has vanished.
func TestRestartWithoutAnExecutor(t *testing.T) {
	tell(t, `
		> slurm has 9
		> run R pair
		> run S chain
		> start
		R-0-1 intended on slurm
		R-1-1 intended on slurm
		S-0-1 intended on slurm
		R-0-1 executes
		R-1-1 executes
		S-0-1 executes
		> stop
		> slurm gone
		> docker has 9
		> start
		R: R-0-1 ended (executor slurm is not one of this site's any more), a pending (executor slurm is not one of this site's any more)
		S: S-0-1 ended (executor slurm is not one of this site's any more), a pending (executor slurm is not one of this site's any more)
		R-0-1 removed
		R: R-1-1 ended (executor slurm is not one of this site's any more), b pending (executor slurm is not one of this site's any more)
		R-1-1 removed
		S-0-1 removed
		> stop
		> idle 2s
		> start
		R-0-2 intended on docker
		R-1-2 intended on docker
		S-0-2 intended on docker
		R-0-2 executes
		R-1-2 executes
		S-0-2 executes
	`)
}

// Its GPUs are not leased before it is configured again.
func TestRestartWithoutAnExecutorThatHasGPUs(t *testing.T) {
	tell(t, `
		> slurm has 9 gpus 1
		> run R gpu
		> start
		R-0-1 intended on slurm gpu0
		R-0-1 executes
		> stop
		> slurm gone
		> docker has 9 gpus 1
		> start
		R: R-0-1 ended (executor slurm is not one of this site's any more), a pending (executor slurm is not one of this site's any more)
		R-0-1 keeps gpu0
		> next
		R-0-2 intended on docker gpu0
		R-0-2 executes
		> stop
		> slurm has 1
		> start
		R-0-1 removed
		R-0-2 executes still
	`)
}

// Nor does that need a restart.
func TestAnExecutorThatHasGPUsIsConfiguredAgain(t *testing.T) {
	tell(t, `
		> slurm has 9 gpus 1
		> run R gpu
		> start
		R-0-1 intended on slurm gpu0
		R-0-1 executes
		> stop
		> slurm gone
		> start
		R: R-0-1 ended (executor slurm is not one of this site's any more), a pending (executor slurm is not one of this site's any more)
		R-0-1 keeps gpu0
		> slurm has 9 gpus 1
		> next
		R-0-1 removed
	`)
}

// An attempt is removed whose run has ended without it.
func TestAttemptOfARunThatIsNotOpen(t *testing.T) {
	tell(t, `
		> docker has 9 gpus 1
		> run R gpu
		> run S single
		> start
		R-0-1 intended on docker gpu0
		S-0-1 intended on docker
		R-0-1 executes
		S-0-1 executes
		> stop
		> set R canceled
		> start
		R: R-0-1 ended (its run is not open any more)
		S-0-1 executes still
		R-0-1 removed
		> stop
	`)
}

func TestRowsThatCannotBeReadAtTheStart(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R single
		> run S single
		> start
		R-0-1 intended on docker
		S-0-1 intended on docker
		R-0-1 executes
		S-0-1 executes
		> stop
		> fail OpenRuns
		> start
		OpenRuns: no space left on device
		Run: resume open runs: no space left on device
		> stop
		> fail Definition
		> start
		Definition: no space left on device
		Run: resume open runs: no space left on device
		> stop
		> fail AttemptsIn
		> start
		AttemptsIn: no space left on device
		Run: resume open runs: no space left on device
		> stop
		> start
		R-0-1 executes still
		S-0-1 executes still
	`)
}
