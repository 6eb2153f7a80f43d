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
