package slurm

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/clustertest"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/job"
	"github.com/raddeploy/raddeploy/sdk"
)

// blocking is a line of slurm.conf by which ended jobs stay COMPLETING until
// they are released.
func blocking(t *testing.T) (line string, release func()) {
	t.Helper()
	dir := t.TempDir()
	epilog := filepath.Join(dir, "epilog")
	if err := os.WriteFile(epilog, []byte("#!/bin/sh\nwhile test ! -e "+dir+"/go; do sleep 0.1; done\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return "Epilog=" + epilog, func() {
		if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// A job whose process has ended stays COMPLETING for as long as its node's
// epilog takes. What came of it is not told before Slurm has: neither success,
// nor that somebody ended it, which preemption looks like.
func TestSlurmSeesTheEndLate(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, script string
		preempt      bool
		want         sdk.Reason
	}{
		{"of success", "echo ready", false, sdk.Exited},
		{"of preemption", "trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done", true, sdk.Preempted},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			epilog, release := blocking(t)
			s := newSiteOn(t, clustertest.New(t, 1, epilog, "PreemptType=preempt/partition_prio", "PreemptMode=CANCEL",
				"PartitionName=urgent Nodes=ALL PriorityTier=10 State=UP"), "")
			task := s.Task(row.script)
			task.Resources.NanoCPUs = 64e9
			s.Start(task)
			s.Says(task.Attempt, "ready")
			if row.preempt {
				if out, err := s.cluster.Command("sbatch", "--partition=urgent", "--cpus-per-task=64", "--output=/dev/null", "--wrap=true").CombinedOutput(); err != nil {
					t.Fatalf("%v: %s", err, out)
				}
			}
			folder := s.own().folderOf(task.Attempt)
			s.cluster.Wait("the record is there", func() bool { _, whole := folder.ReadRecord(); return whole })
			recorded := time.Now()
			s.cluster.Wait("some time has passed", func() bool { return time.Since(recorded) > 11*time.Second })
			if exit := s.own().attempts.Known(task.Attempt).View().Exit; exit != nil {
				t.Errorf("while squeue says COMPLETING: %+v", exit)
			}
			release()
			if ended := s.WatchOn(task.Attempt); ended.Reason != row.want {
				t.Errorf("%+v; want %s", ended, row.want)
			}
		})
	}
}

// A job that never leaves COMPLETING, as on a node that hangs, can be stopped:
// then what came of it does not count.
func TestStopOfAJobThatNeverEnds(t *testing.T) {
	t.Parallel()
	epilog, release := blocking(t)
	s := newSiteOn(t, clustertest.New(t, 1, epilog), "")
	task := s.Task("true")
	s.Start(task)
	folder := s.own().folderOf(task.Attempt)
	s.cluster.Wait("the record is there", func() bool { _, whole := folder.ReadRecord(); return whole })
	if err := s.Executor.Stop(t.Context(), task.Attempt, 0); err != nil {
		t.Fatal(err)
	}
	if ended := s.WatchOn(task.Attempt); ended.Reason != sdk.Stopped {
		t.Errorf("%+v", ended)
	}
	release()
}

// A success that the plugin sees only when squeue has forgotten the job is held
// to the cluster's accounts, where there are some that answer.
func TestForgottenSuccess(t *testing.T) {
	t.Parallel()
	const accounts = `echo 'AccountingStorageType = accounting_storage/slurmdbd'; exit 0`
	for _, row := range []struct {
		name, scontrol, sacct string
		oom, warns            bool
	}{
		{"without accounts", "", "exit 1", false, false},
		{"that accounts confirm", accounts, `printf '%s\037COMPLETED\037t1\037%s\n' "$(cat id)" "$(cat name)"; exit 0`, false, false},
		{"whose accounts tell of a kill for memory", accounts, `printf '%s\037OUT_OF_MEMORY\037t1\037%s\n' "$(cat id)" "$(cat name)"; exit 0`, true, false},
		{"with accounts that are away", accounts, `echo "sacct: error: slurmdbd: Connection refused" >&2; exit 1`, false, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			bin := commands(t, map[string]string{"scontrol": row.scontrol, "sacct": row.sacct})
			s := newSiteOn(t, clustertest.New(t, 1, "MinJobAge=2"), fmt.Sprintf(`, "bin": %q`, bin))
			task, trace := s.traced("forgotten", "while test ! -e "+s.Root+"/go; do sleep 0.05; done")
			s.Start(task)
			s.Until(task.Attempt, sdk.Running)
			id := s.jobs(task.Attempt)[0]
			for name, text := range map[string]string{"id": id, "name": s.own().jobName(task.Attempt)} {
				if err := os.WriteFile(filepath.Join(bin, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s.Relaunch()
			s.Folder("", "go", "")
			s.cluster.Wait("squeue has forgotten the job", func() bool { return len(s.jobs(task.Attempt)) == 0 })
			if err := s.Executor.Recover(t.Context(), task, nil); err != nil {
				t.Fatal(err)
			}
			warned := false
			var exit sdk.Exit
			if err := s.Executor.Watch(t.Context(), task.Attempt, func(e sdk.Event) error {
				warned = warned || strings.Contains(e.Warning, "accounting could not be asked")
				if e.Exit != nil {
					exit = *e.Exit
				}
				return nil
			}); err != nil || exit.Reason != sdk.Exited || exit.OOMKilled != row.oom || warned != row.warns {
				t.Errorf("%+v, warned: %v, %v", exit, warned, err)
			}
			s.wantTrace(trace, "begun\ndone\n")
		})
	}
}

// A plugin that is started before the shared file system is mounted sees an
// empty folder. It takes nothing for gone, and submits nothing.
func TestWorkDirIsNotMounted(t *testing.T) {
	t.Parallel()
	shared := t.TempDir()
	s := newSiteOn(t, clustertest.New(t, 1), fmt.Sprintf(`, "work_dir": %q`, filepath.Join(shared, "mount")))
	task, trace := s.traced("mounted", "while test ! -e "+s.Root+"/go; do sleep 0.05; done")
	s.Start(task)
	s.Until(task.Attempt, sdk.Running)
	s.Executor.Close()
	if err := os.Rename(filepath.Join(shared, "mount"), filepath.Join(shared, "server")); err != nil {
		t.Fatal(err)
	}
	s.Relaunch()
	_, startErr := s.Executor.Start(t.Context(), s.Task("true"))
	_, againErr := s.Executor.Start(t.Context(), task)
	_, listErr := s.Executor.List(t.Context())
	for doing, err := range map[string]error{
		"start": startErr, "start again": againErr, "list": listErr, "recover": s.Executor.Recover(t.Context(), task, nil),
		"stop": s.Executor.Stop(t.Context(), task.Attempt, 0), "remove": s.Executor.Remove(t.Context(), task.Attempt),
	} {
		if sdk.KindOf(err) != sdk.Unavailable || !strings.Contains(err.Error(), "mount the shared file system") {
			t.Errorf("%s: %v", doing, err)
		}
	}
	if err := s.Executor.Fingerprint(t.Context(), func(f sdk.Fingerprint) error {
		if f.Health != sdk.Unhealthy || !strings.Contains(f.Message, "mount the shared file system") {
			t.Errorf("%+v", f)
		}
		return sitetest.ErrEnough
	}); err == nil {
		t.Error("no fingerprint")
	}
	if err := os.RemoveAll(filepath.Join(shared, "mount")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(shared, "server"), filepath.Join(shared, "mount")); err != nil {
		t.Fatal(err)
	}
	if err := s.Executor.Recover(t.Context(), task, nil); err != nil {
		t.Fatal(err)
	}
	s.Folder("", "go", "")
	if ended := s.WatchOn(task.Attempt); !ended.Succeeded() {
		t.Errorf("%+v", ended)
	}
	s.wantTrace(trace, "begun\ndone\n")
	if jobs := s.jobs(task.Attempt); len(jobs) != 1 {
		t.Errorf("jobs %v", jobs)
	}
}

// Another folder may be taken as work_dir: it is a new one, and the old one is
// not missed.
func TestAnotherWorkDir(t *testing.T) {
	own := t.TempDir()
	for _, name := range []string{"first", "second", "second"} {
		w, err := openWorkDir(filepath.Join(t.TempDir(), name), own)
		if err != nil || w.missing() != nil {
			t.Errorf("%s: %v, %v", name, err, w.missing())
		}
	}
}

// A stop that cannot be written down, as when work_dir is full, is told and
// carried out; and a signal that Slurm did not take is sent again.
func TestStopInSpiteOfAll(t *testing.T) {
	t.Parallel()
	bin := commands(t, map[string]string{"scancel": `case "$*" in *TERM*)
	test -e failed || { touch failed; echo "scancel: error: Unable to contact slurm controller (connect failure)" >&2; exit 1; };;
esac`})
	s := newSiteOn(t, clustertest.New(t, 1), fmt.Sprintf(`, "bin": %q`, bin))
	task := s.Task("trap 'echo asked; exit 0' TERM; echo ready; while :; do sleep 0.05; done")
	s.Start(task)
	s.Says(task.Attempt, "ready")
	note := s.own().folderOf(task.Attempt).Path(job.StopFile)
	if err := os.MkdirAll(filepath.Join(note, "in the way"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := s.Executor.Stop(t.Context(), task.Attempt, time.Hour); sdk.KindOf(err) != sdk.Unavailable {
		t.Errorf("stop: %v", err)
	}
	if ended := s.WatchOn(task.Attempt); ended.Reason != sdk.Stopped || s.Logs(task.Attempt, sdk.Stdout) != "ready\nasked\n" {
		t.Errorf("%+v, it said %q", ended, s.Logs(task.Attempt, sdk.Stdout))
	}
	if _, err := os.Stat(filepath.Join(bin, "failed")); err != nil {
		t.Error("scancel was not called")
	}
}
