package schedule

import "testing"

// At each point the scheduler returns at once, and leaves nothing under way.
func TestStop(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R single
		> block OpenRuns
		> start
		> stop
		> block Definition
		> start
		> stop
		> block AttemptsIn
		> start
		> stop
		> block Intend
		> start
		> stop
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> block Settle
		> R-0-1 ends ok
		> stop
		> start
		R-0-1 executes still
		R: R-0-1 ended, a succeeded, done
		R-0-1 removed
		> stop
	`)
}

func TestStopWhileItTriesAgain(t *testing.T) {
	tell(t, `
		> docker has 1
		> run R single
		> run S single
		> disk full
		> start
		Intend: no space left on device
		Intend: no space left on device
		SetWaiting: no space left on device
		> stop
		> disk free
		> start
		R-0-1 intended on docker
		R-0-1 executes
		told: S/a waits for a free CPU slot
		> disk full
		> R-0-1 ends ok
		Settle: no space left on device
		Intend: no space left on device
		> stop
		> disk free
		> start
		R-0-1 executes still
		R: R-0-1 ended, a succeeded, done
		S-0-1 intended on docker
		R-0-1 removed
		S-0-1 executes
		> stop
		> docker away
		> S-0-1 ends ok
		> start
		S-0-1 executes still
		S: S-0-1 ended, a succeeded, done
		> stop
	`)
}
