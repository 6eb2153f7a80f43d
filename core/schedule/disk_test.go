package schedule

import "testing"

// Below the disk's reserve ready tasks wait, and say so once, however the free
// space changes. What has started goes on, and none fails.
func TestTasksWaitForTheDisksReserve(t *testing.T) {
	tell(t, `
		> docker has 1
		> run R chain
		> run S single
		> start
		R-0-1 intended on docker
		R-0-1 executes
		told: S/a waits for a free CPU slot
		> room 3MiB
		> R-0-1 ends ok
		R: R-0-1 ended, a succeeded
		R-0-1 removed
		> room 2MiB
		> wake
		> idle 10s
		told: R/b waits: disk below its reserve: 3MiB of 10MiB are free, S/a waits: disk below its reserve: 3MiB of 10MiB are free
		> run T single
		> wake
		told: T/a waits: disk below its reserve: 3MiB of 10MiB are free
		> idle 1h
		> room ok
		> next
		R-1-1 intended on docker
		R-1-1 executes runs/R/0-1/out/out-a
		told: S/a waits for a free CPU slot, T/a waits for a free CPU slot
	`)
}

// A restart below the reserve goes on with what runs, and starts nothing.
func TestARestartBelowTheReserve(t *testing.T) {
	tell(t, `
		> docker has 2
		> run R single
		> start
		R-0-1 intended on docker
		R-0-1 executes
		> stop
		> room 1MiB
		> run S single
		> start
		R-0-1 executes still
		told: S/a waits: disk below its reserve: 1MiB of 10MiB are free
		> R-0-1 ends ok
		R: R-0-1 ended, a succeeded, done
		R-0-1 removed
	`)
}

// A task that waits for some of several GPUs has a reason of its own. Below the
// reserve it says what all wait for.
func TestTheReserveStandsBeforeGPUs(t *testing.T) {
	tell(t, `
		> docker has 2 gpus 4
		> run R gpu
		> start
		R-0-1 intended on docker gpu0
		R-0-1 executes
		> run S wide
		> wake
		told: S/a waits for 4 free GPUs at once, of which 3 are kept for it
		> room 1MiB
		> next
		told: S/a waits: disk below its reserve: 1MiB of 10MiB are free
		> room ok
		> next
		told: S/a waits for 4 free GPUs at once, of which 3 are kept for it
	`)
}
