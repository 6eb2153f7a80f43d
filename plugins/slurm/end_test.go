package slurm

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/job"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/state"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
)

// What the script's record and Slurm's word on the job say together.
func TestConclude(t *testing.T) {
	stopped := &ending{Ending: attempts.Ending{Reason: sdk.Stopped}}
	given := &ending{Ending: attempts.Ending{Reason: sdk.StartFailed}, Message: "never"}
	for _, row := range []struct {
		name   string
		record job.Record
		word   string
		asked  *ending
		want   sdk.Reason
		signal int
	}{
		{"success", job.Record{Reason: job.Exited}, "COMPLETED", nil, sdk.Exited, 0},
		{"success, as far as anybody knows yet", job.Record{Reason: job.Exited}, "", nil, sdk.Exited, 0},
		{"failure", job.Record{Reason: job.Exited, Code: 3}, "FAILED", nil, sdk.Exited, 0},
		{"a code of success in a job that ran out of memory", job.Record{Reason: job.Exited}, "OUT_OF_MEMORY", nil, sdk.Exited, 0},
		{"a code of success though the launcher's limit was reached", job.Record{Reason: job.Memory}, "COMPLETED", nil, sdk.Exited, 0},
		{"a code of failure in a job that ran out of memory", job.Record{Reason: job.Exited, Code: 137}, "OUT_OF_MEMORY", nil, sdk.OutOfMemory, 9},
		{"a code of success in a job that exceeded its time", job.Record{Reason: job.Exited}, "TIMEOUT", nil, sdk.TimedOut, 0},
		{"a code of success in a job that was preempted", job.Record{Reason: job.Exited}, "PREEMPTED", nil, sdk.Preempted, 0},
		{"a code of success on a node that failed", job.Record{Reason: job.Exited}, "NODE_FAIL", nil, sdk.NodeLost, 0},
		{"a code of success in a job that failed", job.Record{Reason: job.Exited}, "FAILED", nil, sdk.StartFailed, 0},
		{"a code of success in a job that was cancelled", job.Record{Reason: job.Exited}, "CANCELLED", nil, sdk.Vanished, 0},
		{"a code of success in a job that could not be launched", job.Record{Reason: job.Exited}, "LAUNCH_FAILED", nil, sdk.StartFailed, 0},
		{"a code of success in a job that was revoked", job.Record{Reason: job.Exited}, "REVOKED", nil, sdk.Vanished, 0},
		{"killed", job.Record{Reason: job.Exited, Code: 137}, "FAILED", nil, sdk.Exited, 9},
		{"killed for its memory by the launcher's limit", job.Record{Reason: job.Memory, Code: 137}, "FAILED", nil, sdk.OutOfMemory, 9},
		{"stopped", job.Record{Reason: job.Asked, Asked: "stop", Code: 143}, "FAILED", stopped, sdk.Stopped, 15},
		{"success before it was stopped", job.Record{Reason: job.Exited}, "COMPLETED", stopped, sdk.Exited, 0},
		{"success that Slurm never saw, and stopped", job.Record{Reason: job.Exited}, "COMPLETING", stopped, sdk.Stopped, 0},
		{"success in a job that was cancelled because it was stopped", job.Record{Reason: job.Exited}, "CANCELLED", stopped, sdk.Stopped, 0},
		{"success before it was stopped, and out of memory", job.Record{Reason: job.Exited}, "OUT_OF_MEMORY", stopped, sdk.Exited, 0},
		{"ended by itself before it was stopped", job.Record{Reason: job.Exited, Code: 3}, "FAILED", stopped, sdk.Exited, 0},
		{"given up", job.Record{Reason: job.Asked, Asked: "stop"}, "FAILED", given, sdk.StartFailed, 0},
		{"cancelled by others", job.Record{Reason: job.Asked, Asked: "stop"}, "CANCELLED", nil, sdk.Stopped, 0},
		{"preempted with a signal first", job.Record{Reason: job.Asked, Asked: "stop"}, "PREEMPTED", nil, sdk.Preempted, 0},
		{"its own time", job.Record{Reason: job.Asked, Asked: "time", Code: 143}, "FAILED", nil, sdk.TimedOut, 15},
		{"no image", job.Record{Reason: job.Image, Code: 125}, "FAILED", nil, sdk.ImageUnavailable, 0},
		{"no start", job.Record{Reason: job.Start, Code: 125}, "FAILED", nil, sdk.StartFailed, 0},
		{"lost and started again", job.Record{Reason: job.Requeued, Code: 1}, "FAILED", nil, sdk.NodeLost, 0},
	} {
		a := &attempt{plan: plan{Timeout: time.Minute}}
		if row.asked != nil {
			a.ending.Store(row.asked)
		}
		meaning := state.Meaning{}
		if row.word != "" {
			meaning = state.Of(row.word)
		}
		if exit := a.conclude(row.record, meaning); exit.Reason != row.want || exit.Signal != row.signal {
			t.Errorf("%s: %s, signal %d; want %s, %d", row.name, exit.Reason, exit.Signal, row.want, row.signal)
		} else if memory := row.word == "OUT_OF_MEMORY" || row.record.Reason == job.Memory; exit.OOMKilled != memory {
			t.Errorf("%s: killed for memory: %t", row.name, exit.OOMKilled)
		}
	}
}

// Which ends count before Slurm has said a word: those that cannot have been
// its doing.
func TestSure(t *testing.T) {
	for _, row := range []struct {
		record      job.Record
		alone, told bool // told: the attempt was asked to end
	}{
		{job.Record{Reason: job.Exited}, false, false},
		{job.Record{Reason: job.Exited, Code: 3}, true, true},
		{job.Record{Reason: job.Exited, Code: 137}, false, false},
		{job.Record{Reason: job.Exited, Code: 143}, false, false},
		{job.Record{Reason: job.Asked, Asked: "stop", Code: 143}, false, true},
		{job.Record{Reason: job.Asked, Asked: "time", Code: 143}, true, true},
		{job.Record{Reason: job.Image, Code: 125}, true, true},
	} {
		a := &attempt{ended: time.Now().Add(-time.Hour)} // no time makes it so
		if got := a.sure(row.record); got != row.alone {
			t.Errorf("%+v: %v", row.record, got)
		}
		a.ending.Store(&ending{Ending: attempts.Ending{Reason: sdk.Stopped}})
		if got := a.sure(row.record); got != row.told {
			t.Errorf("%+v, asked to end: %v", row.record, got)
		}
	}
}

// Of a job's log only what Slurm and the script said reaches the message: other
// programs name files.
func TestLastWords(t *testing.T) {
	for log, want := range map[string]string{
		"": "",
		"cp: cannot stat '/spool/DOE^JANE.dcm': No such file or directory\n":                            "",
		"slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2026-01-02T03:04:05 ***\nmv: 'DOE^JANE'\n":     ": slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2026-01-02T03:04:05 ***",
		"/var/spool/slurmd/job00007/slurm_script: line 145: cd: /shared/a: No such file or directory\n": ": /var/spool/slurmd/job00007/slurm_script: line 145: cd: /shared/a: No such file or directory",
		strings.Repeat("slurmstepd: error: one\n", 500) + "slurmstepd: error:\ttwo\xff\n":               ": slurmstepd: error: one; slurmstepd: error: one; slurmstepd: error: two?",
	} {
		a := &attempt{folder: job.Folder(t.TempDir())}
		if err := os.WriteFile(a.folder.Path(job.LogFile), []byte(log), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := a.lastWords(); got != want {
			t.Errorf("%.100q: %q; want %q", log, got, want)
		}
	}
}
