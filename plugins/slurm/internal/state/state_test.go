package state

import (
	"testing"

	"github.com/raddeploy/raddeploy/sdk"
)

// Every state of Slurm has its row, in the words of squeue(1), section JOB
// STATE CODES, of 22.05 and later.
func TestEveryStateOfSlurm(t *testing.T) {
	rows := []struct {
		word      string
		phase     Phase
		reason    sdk.Reason
		overrules bool
	}{
		{"BOOT_FAIL", Over, sdk.NodeLost, true},
		{"CANCELLED", Over, sdk.Stopped, false},
		{"CANCELLED by 1000", Over, sdk.Stopped, false},
		{"CANCELLED+", Over, sdk.Stopped, false},
		{"COMPLETED", Over, sdk.Vanished, false},
		{"COMPLETING", Active, 0, false},
		{"CONFIGURING", Waiting, 0, false},
		{"DEADLINE", Over, sdk.TimedOut, true},
		{"EXPEDITING", Active, 0, false},
		{"FAILED", Over, sdk.StartFailed, false},
		{"LAUNCH_FAILED", Over, sdk.StartFailed, false},
		{"NODE_FAIL", Over, sdk.NodeLost, true},
		{"OUT_OF_MEMORY", Over, sdk.OutOfMemory, true},
		{"PENDING", Waiting, 0, false},
		{"POWER_UP_NODE", Waiting, 0, false},
		{"PREEMPTED", Over, sdk.Preempted, true},
		{"RECONFIG_FAIL", Over, sdk.StartFailed, false},
		{"REQUEUED", Waiting, 0, false},
		{"REQUEUE_FED", Waiting, 0, false},
		{"REQUEUE_HOLD", Waiting, 0, false},
		{"RESIZING", Active, 0, false},
		{"RESV_DEL_HOLD", Waiting, 0, false},
		{"REVOKED", Over, sdk.Vanished, false},
		{"RUNNING", Active, 0, false},
		{"SIGNALING", Active, 0, false},
		{"SPECIAL_EXIT", Waiting, 0, false},
		{"STAGE_OUT", Active, 0, false},
		{"STOPPED", Active, 0, false},
		{"SUSPENDED", Active, 0, false},
		{"TIMEOUT", Over, sdk.TimedOut, true},
		{"UPDATE_DB", Active, 0, false},
		{"OF_A_SLURM_TO_COME", Active, 0, false},
	}
	told := map[string]bool{"OF_A_SLURM_TO_COME": true, "CANCELLED by 1000": true, "CANCELLED+": true}
	for _, row := range rows {
		t.Run(row.word, func(t *testing.T) {
			got := Of(row.word)
			if got.Phase != row.phase || got.Reason != row.reason || got.Overrules != row.overrules {
				t.Errorf("phase %d, reason %q, overrules %v; want %d, %q, %v", got.Phase, got.Reason, got.Overrules, row.phase, row.reason, row.overrules)
			}
			if got.Reason == sdk.Exited {
				t.Error("a state alone must not make a success")
			}
			if (got.Phase == Over) != (got.Reason != 0) || got.Phase == Over && got.Text == "" {
				t.Errorf("an end needs a reason and a text for the operator: %+v", got)
			}
		})
		told[row.word] = true
	}
	for word := range table {
		if !told[word] {
			t.Errorf("%s has no row in this test", word)
		}
	}
}

func TestHopeless(t *testing.T) {
	for reason, want := range map[string]bool{
		"PartitionConfig": true, "BadConstraints": true, "PartitionTimeLimit": true, "PartitionNodeLimit": true, "InvalidQOS": true,
		"QOSMaxMemoryPerJob": true, "QOSMaxGRESPerNode": true, "AssocMaxCpuPerJobLimit": true, "QOSMaxWallDurationPerJobLimit": true,
		"AssocMaxNodePerJobLimit": true,
		"Resources":               false, "Priority": false, "None": false, "QOSMaxJobsPerUserLimit": false, "AssocGrpCpuLimit": false, "JobHeldUser": false,
		"ReqNodeNotAvail, UnavailableNodes:n1": false, "Licenses": false, "Dependency": false, "QOSMaxCpuPerUserLimit": false, "": false,
	} {
		if got := Hopeless(reason); got != want {
			t.Errorf("%q: %v; want %v", reason, got, want)
		}
	}
}

func TestLimitsOnMany(t *testing.T) {
	for reason, want := range map[string]struct{ user, group bool }{
		"QOSMaxCpuPerUserLimit": {user: true}, "QOSMaxGRESPerUser": {user: true}, "QOSMaxJobsPerUserLimit": {user: true}, "AssocMaxJobsLimit": {user: true},
		"AssocGrpCpuLimit": {group: true}, "QOSGrpNodeLimit": {group: true}, "AssocGrpGRES": {group: true},
		"QOSMaxMemoryPerJob": {}, "Resources": {}, "": {},
	} {
		if user, group := OfUser(reason), OfGroup(reason); user != want.user || group != want.group {
			t.Errorf("%q: %v, %v; want %+v", reason, user, group, want)
		}
	}
}

func TestWaits(t *testing.T) {
	for _, row := range []struct{ word, reason, want string }{
		{"PENDING", "None", ""},
		{"PENDING", "Resources", "Resources"},
		{"CONFIGURING", "None", "its node is being made ready"},
	} {
		if got := Waits(row.word, row.reason); got != row.want {
			t.Errorf("%s (%s): %q; want %q", row.word, row.reason, got, row.want)
		}
	}
}
