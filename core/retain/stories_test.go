package retain

import "testing"

// A run that ended long ago loses its files, then its arrival's; what it printed
// and its rows go much later.
func TestFilesGoAtTheirAge(t *testing.T) {
	tell(t, `
		> arrival a1 matched 6d
		> run r1 a1 done 6d sent
		> start
		> wait 23h
		> wait 2h
		outputs r1: recorded
		outputs r1: removed
		outputs r1: done
		objects a1: recorded
		objects a1: removed
		objects a1: done
		> wait 393d
		logs r1: recorded
		logs r1: removed
		logs r1: done
		rows of run r1: gone
		rows of arrival a1: gone
		`)
}

// The objects of an arrival are counted from the end of the last of its runs.
func TestObjectsWaitForTheLastRun(t *testing.T) {
	tell(t, `
		> arrival a1 matched 9d
		> run r1 a1 done 9d sent
		> run r2 a1 done 2d
		> arrival a2 unmatched 8d
		> start
		outputs r1: recorded
		outputs r1: removed
		outputs r1: done
		> wait 5d
		outputs r2: recorded
		outputs r2: removed
		outputs r2: done
		objects a1: recorded
		objects a1: removed
		objects a1: done
		objects a2: recorded
		objects a2: removed
		objects a2: done
		`)
}

func TestWhatIsNeededStays(t *testing.T) {
	tell(t, `
		> limits runs 9d
		> arrival a1 matched 30d
		> run r1 a1 sending 30d pending sent
		> arrival a2 incomplete 30d
		> arrival a3 complete 30d
		> arrival a4 receiving 30d
		> arrival a5 matched 30d
		> run r5 a5 running 30d
		> arrival a6 matched 30d
		> run r6 a6 a-state-of-a-newer-version 30d
		> arrival a7 matched 30d
		> run r7 a7 done 30d committing
		> start
		> wait 30d
		> set r5 failed
		> wait 6d
		> wait 2d
		outputs r5: recorded
		outputs r5: removed
		outputs r5: done
		objects a5: recorded
		objects a5: removed
		objects a5: done
		> wait 2d
		logs r5: recorded
		logs r5: removed
		logs r5: done
		rows of run r5: gone
		rows of arrival a5: gone
		> set a2 discarded
		> wait 1h
		objects a2: recorded
		objects a2: removed
		objects a2: done
		rows of arrival a2: gone
		`)
}

// Logs may go before files; rows take everything with them.
func TestAgesInAnotherOrder(t *testing.T) {
	tell(t, `
		> limits logs 1d
		> limits runs 3d
		> arrival a1 matched 0s
		> run r1 a1 failed 0s
		> start
		> wait 25h
		logs r1: recorded
		logs r1: removed
		logs r1: done
		> wait 48h
		outputs r1: recorded
		outputs r1: removed
		outputs r1: done
		objects a1: recorded
		objects a1: removed
		objects a1: done
		rows of run r1: gone
		rows of arrival a1: gone
		`)
}

// The row comes first, then the files: whatever is cut off, the next agent goes
// on.
func TestCrash(t *testing.T) {
	tell(t, `
		> limits runs 8d
		> arrival a1 matched 9d
		> run r1 a1 done 9d
		> crash at MarkOutputs
		> start
		logs r1: recorded
		logs r1: removed
		logs r1: done
		> crash at Remove
		> start
		outputs r1: recorded
		> crash at RemovalDone
		> start
		outputs r1: removed
		> crash at DropArrival
		> start
		outputs r1: done
		objects a1: recorded
		objects a1: removed
		objects a1: done
		rows of run r1: gone
		> start
		rows of arrival a1: gone
		`)
}

// A store that fails is asked again, and nothing is removed without its row.
func TestStoreFails(t *testing.T) {
	tell(t, `
		> fail RetentionClock
		> start
		[ERROR] cannot remove what is due; retrying: error="disk is full"
		> wait 20m
		> arrival a1 matched 8d
		> fail MarkObjects
		> wait 20m
		objects a1: recorded
		objects a1: removed
		objects a1: done
		[ERROR] cannot remove what is due; retrying: error="arrival a1: disk is full"
		> arrival a2 matched 8d
		> fail RemovalDone
		> wait 20m
		objects a2: recorded
		objects a2: removed
		objects a2: done
		[ERROR] cannot remove what is due; retrying: error="arrival a2: disk is full"
		> arrival a3 matched 8d
		> fail UnneededObjects
		> wait 20m
		objects a3: recorded
		objects a3: removed
		objects a3: done
		[ERROR] cannot remove what is due; retrying: error="arrival a3: disk is full"
		`)
}

// What cannot be removed is told of once, keeps nothing else from being removed,
// and is tried again.
func TestFilesThatStay(t *testing.T) {
	tell(t, `
		> limits runs 9d
		> arrival a1 matched 8d
		> run r1 a1 done 8d
		> arrival a2 matched 8d
		> run r2 a2 done 8d
		> stick outputs r1
		> start
		outputs r1: recorded
		outputs r1: 2 files or folders cannot be removed: permission denied
		outputs r2: recorded
		outputs r2: removed
		outputs r2: done
		objects a1: recorded
		objects a1: removed
		objects a1: done
		objects a2: recorded
		objects a2: removed
		objects a2: done
		[ERROR] files cannot be removed: run=r1 kind=outputs kept=2 error="remove outputs: permission denied" advice="see who owns them; an agent that is not root cannot remove what containers wrote as other users. It is tried again every hour"
		> wait 2d
		logs r1: recorded
		logs r1: removed
		logs r1: done
		logs r2: recorded
		logs r2: removed
		logs r2: done
		rows of run r2: gone
		rows of arrival a2: gone
		> tried outputs r1
		outputs r1: tried often: false
		> unstick outputs r1
		> wait 3h
		outputs r1: removed
		outputs r1: done
		rows of run r1: gone
		rows of arrival a1: gone
		`)
}

// A clock that jumps by a year makes nothing older by that, also if the agent
// was off meanwhile, or if the clock jumps back later.
func TestClockJumps(t *testing.T) {
	tell(t, `
		> arrival a1 unmatched 2d
		> start
		> jump 365d
		> wait 1d
		[WARN]  the wall clock jumped, or no agent ran for long: nothing gets older by that: jump=8760h0m0s
		> arrival a2 unmatched 0s
		> wait 5d
		objects a1: recorded
		objects a1: removed
		objects a1: done
		> wait 2d
		> stop
		> arrival a3 unmatched 0s
		> jump 365d
		> start
		objects a2: recorded
		objects a2: removed
		objects a2: done
		[WARN]  the wall clock jumped, or no agent ran for long: nothing gets older by that: jump=8736h0m1s
		> wait 5d
		> wait 2d
		objects a3: recorded
		objects a3: removed
		objects a3: done
		> arrival a4 unmatched 0s
		> jump -365d
		> arrival a5 unmatched 0s
		> wait 6d
		[WARN]  the wall clock jumped, or no agent ran for long: nothing gets older by that: jump=-8760h0m0s
		> wait 2d
		objects a5: recorded
		objects a5: removed
		objects a5: done
		`)
}

// A new version over an old database removes nothing for an hour.
func TestFirstStart(t *testing.T) {
	tell(t, `
		> arrival a1 unmatched 90d
		> first
		> start
		> wait 55m
		> wait 10m
		objects a1: recorded
		objects a1: removed
		objects a1: done
		`)
}

// When the disk comes within twice the reserve, files go before their age,
// oldest first, until there is room; not what is too young, needed, or refused
// by its destination.
func TestPressure(t *testing.T) {
	tell(t, `
		> limits reserve 100
		> arrival a1 matched 3d
		> run r1 a1 done 3d sent
		> arrival a2 matched 2d
		> run r2 a2 failed 2d failed
		> arrival a3 unmatched 5d
		> arrival a4 matched 2h
		> run r4 a4 done 2h
		> arrival a5 incomplete 6d
		> arrival a6 unmatched 30m
		> start
		> disk 170
		> wait 10m
		objects a3: recorded
		objects a3: removed
		objects a3: done
		outputs r1: recorded
		outputs r1: removed
		outputs r1: done
		objects a1: recorded
		objects a1: removed
		objects a1: done
		> wait 1d
		> disk 100
		> wait 10m
		outputs r4: recorded
		outputs r4: removed
		outputs r4: done
		objects a4: recorded
		objects a4: removed
		objects a4: done
		objects a6: recorded
		objects a6: removed
		objects a6: done
		[WARN]  the disk is within twice its reserve, and no file may go before its age: reserve_bytes=100 removed=3 files_min=1h0m0s
		> wait 10m
		`)
}

// A row that cannot go stops no other.
func TestOneThatFailsStopsNoOther(t *testing.T) {
	tell(t, `
		> limits runs 7d
		> arrival a1 unmatched 8d
		> arrival a2 unmatched 8d
		> fail DropArrival
		> start
		objects a1: recorded
		objects a1: removed
		objects a1: done
		objects a2: recorded
		objects a2: removed
		objects a2: done
		rows of arrival a2: gone
		rows of arrival a1: gone
		[ERROR] cannot remove what is due; retrying: error="arrival a1: disk is full"
		`)
}

// Rows stay until the executors have removed the attempts: that is recorded in
// them. Files do not wait for that, but for an attempt that may run.
func TestAttempts(t *testing.T) {
	tell(t, `
		> limits runs 9d
		> arrival a1 matched 10d
		> run r1 a1 done 10d
		> attempt r1 ended
		> arrival a2 matched 10d
		> run r2 a2 canceled 10d
		> attempt r2 started
		> start
		logs r1: recorded
		logs r1: removed
		logs r1: done
		outputs r1: recorded
		outputs r1: removed
		outputs r1: done
		objects a1: recorded
		objects a1: removed
		objects a1: done
		> attempt r1 removed
		> wait 10m
		rows of run r1: gone
		rows of arrival a1: gone
		> attempt r2 ended
		> wait 10m
		logs r2: recorded
		logs r2: removed
		logs r2: done
		outputs r2: recorded
		outputs r2: removed
		outputs r2: done
		objects a2: recorded
		objects a2: removed
		objects a2: done
		`)
}

// Limits may change while the agent runs.
func TestLimitsChange(t *testing.T) {
	tell(t, `
		> arrival a1 unmatched 3d
		> start
		> wait 1h
		> change files 2d
		> wait 11m
		objects a1: recorded
		objects a1: removed
		objects a1: done
		`)
}

// A run whose files are there has its objects, too, whatever fails.
func TestObjectsOutlastOutputs(t *testing.T) {
	tell(t, `
		> arrival a1 matched 8d
		> run r1 a1 done 8d
		> fail MarkOutputs
		> start
		outputs r1: recorded
		outputs r1: removed
		outputs r1: done
		objects a1: recorded
		objects a1: removed
		objects a1: done
		[ERROR] cannot remove what is due; retrying: error="run r1: disk is full"
		> wait 10m
		`)
}
