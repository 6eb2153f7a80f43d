package schedule

import "testing"

func TestAnExecutorThatGoesAway(t *testing.T) {
	tell(t, `
		> docker has 2
		> docker away
		> run R single
		> start
		told: R/a waits for an executor: docker: no answer
		> docker back
		R-0-1 intended on docker
		R-0-1 executes
		> R-0-1 ends ok
		R: R-0-1 ended, a succeeded, done
		R-0-1 removed
	`)
}

// A backend that has never answered may have what a task wants.
func TestAnExecutorThatNeverAnswers(t *testing.T) {
	tell(t, `
		> slurm has 2 cluster ?
		> run R gpu
		> run S wide
		> start
		told: R/a waits for an executor: slurm: no answer, S/a waits for an executor: slurm: no answer
		> idle 1h
		> slurm tells 2
		R-0-1 intended on slurm
		S: a failed (it wants 4 GPU and no executor of this site that may run it has as many: give one gpus in the site's configuration), failed (task a: it wants 4 GPU and no executor of this site that may run it has as many: give one gpus in the site's configuration)
		R-0-1 executes
		> slurm away
		> R-0-1 ends ok
		R: R-0-1 ended, a succeeded, done
	`)
}

// Nobody waits for what the site does not have: the tasks fail before their
// inputs exist.
func TestImpossibleTasks(t *testing.T) {
	tell(t, `
		> docker has 2 gpus 2
		> run R wide
		> run S later
		> run T slurm
		> start
		R: a failed (it wants 4 GPU and no executor of this site that may run it has as many: give one gpus in the site's configuration), failed (task a: it wants 4 GPU and no executor of this site that may run it has as many: give one gpus in the site's configuration)
		S-0-1 intended on docker
		S: b failed (executor "slurm" is not one of this site's (docker): change the model's executor or the site)
		T-0-1 intended on docker
		T: b failed (executor "slurm" is not one of this site's (docker): change the model's executor or the site)
		S-0-1 executes
		T-0-1 executes
		> S-0-1 ends ok
		S: S-0-1 ended, a succeeded, failed (task b: executor "slurm" is not one of this site's (docker): change the model's executor or the site)
		S-0-1 removed
		> T-0-1 ends ok
		T: T-0-1 ended, a succeeded, failed (task b: executor "slurm" is not one of this site's (docker): change the model's executor or the site)
		T-0-1 removed
	`)
}

// A task that is refused for good has waited before.
func TestATaskThatBecomesImpossible(t *testing.T) {
	tell(t, `
		> docker has 2
		> slurm has 2 cluster ?
		> run R wide
		> start
		told: R/a waits for an executor: slurm: no answer
		> fail Settle
		> slurm tells 2
		Settle: no space left on device
		> next
		R: a failed (it wants 4 GPU and no executor of this site that may run it has as many: give one gpus in the site's configuration), failed (task a: it wants 4 GPU and no executor of this site that may run it has as many: give one gpus in the site's configuration)
	`)
}

// The settings of a site have changed while a task is retried.
func TestARetryThatIsImpossible(t *testing.T) {
	tell(t, `
		> docker has 2 gpus 1
		> run R gpu
		> start
		R-0-1 intended on docker gpu0
		R-0-1 executes
		> R-0-1 ends vanishes
		R: R-0-1 ended (vanishes), a pending (vanishes)
		R-0-1 removed
		> docker has 2
		> next
		R: a failed (it wants 1 GPU and no executor of this site that may run it has as many: give one gpus in the site's configuration), failed (task a: it wants 1 GPU and no executor of this site that may run it has as many: give one gpus in the site's configuration)
	`)
}
