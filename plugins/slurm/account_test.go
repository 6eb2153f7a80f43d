package slurm

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/clustertest"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/job"
	"github.com/raddeploy/raddeploy/sdk"
)

// A cluster that keeps accounts tells how a job ended that squeue has forgotten
// and that left no record, and holds to what users and jobs may have.
func TestAccounts(t *testing.T) {
	t.Parallel()
	c := clustertest.WithAccounts(t, 1, "MinJobAge=2", "MessageTimeout=10")
	s := newSiteOn(t, c, fmt.Sprintf(`, "account": %q, "hopeless_after": "2s", "allowed_args": ["--time"]`, clustertest.Account))

	t.Run("a job that squeue has forgotten", func(t *testing.T) {
		task := s.Task("echo ready; sleep 300")
		s.Start(task)
		s.Says(task.Attempt, "ready")
		id := s.jobs(task.Attempt)[0]
		s.Relaunch() // the plugin is away
		c.KillJob(id)
		c.Wait("squeue has forgotten the job", func() bool { return len(s.jobs(task.Attempt)) == 0 })
		folder := s.own().folderOf(task.Attempt)
		if err := os.Remove(folder.Path(job.ExitFile)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if err := s.Executor.Recover(t.Context(), task, nil); err != nil {
			t.Fatal(err)
		}
		if ended := s.WatchOn(task.Attempt); ended.Reason != sdk.Vanished || !strings.Contains(ended.Message, "killed on its node") {
			t.Errorf("%+v", ended)
		}
	})
	t.Run("an account that is none", func(t *testing.T) {
		task := s.Task("true")
		task.Options = &Options{Account: "nobody"}
		if ended := s.Run(task); ended.Reason != sdk.StartFailed || !strings.Contains(ended.Message, "Invalid account") {
			t.Errorf("%+v", ended)
		}
	})
	for limit, reason := range map[string]string{
		"GrpJobs":       "AssocGrpJobsLimit",
		"MaxSubmitJobs": "AssocMaxSubmitJobLimit; Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
	} {
		t.Run("no more jobs than "+limit, func(t *testing.T) {
			c.Manage("modify", "account", clustertest.Account, "set", limit+"=1")
			first, second := s.Task("echo ready; sleep 300"), s.Task("true")
			s.Start(first)
			s.Says(first.Attempt, "ready")
			s.Start(second)
			if why := s.waits(second.Attempt); why != reason {
				t.Errorf("it waits for %q", why)
			}
			if err := s.Executor.Stop(t.Context(), first.Attempt, time.Second); err != nil {
				t.Fatal(err)
			}
			if ended := s.WatchOn(second.Attempt); !ended.Succeeded() {
				t.Errorf("%+v", ended)
			}
			c.Manage("modify", "account", clustertest.Account, "set", limit+"=-1")
		})
	}
	t.Run("a job that a quality of service refuses at once", func(t *testing.T) {
		c.Manage("add", "qos", "small", "set", "Flags=DenyOnLimit", "MaxTRESPerJob=cpu=2")
		c.Manage("modify", "account", clustertest.Account, "set", "QOS=normal,small")
		first, second := s.Task("echo ready; sleep 300"), s.Task("true")
		s.Start(first)
		s.Says(first.Attempt, "ready")
		second.Resources.NanoCPUs = 4e9
		second.Options = &Options{QOS: "small"}
		if ended := s.Run(second); ended.Reason != sdk.StartFailed || !strings.Contains(ended.Message, "QOSMaxCpuPerJobLimit") {
			t.Errorf("%+v", ended)
		}
		if err := s.Executor.Stop(t.Context(), first.Attempt, time.Second); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("a job that is bigger than its user may have, alone", func(t *testing.T) {
		c.Manage("add", "qos", "narrow", "set", "MaxTRESPerUser=cpu=2")
		c.Manage("modify", "account", clustertest.Account, "set", "QOS=normal,small,narrow")
		first, second := s.Task("echo ready; sleep 300"), s.Task("true")
		s.Start(first)
		s.Says(first.Attempt, "ready")
		second.Resources.NanoCPUs = 4e9
		second.Options = &Options{QOS: "narrow"}
		s.Start(second)
		if why := s.waits(second.Attempt); why != "QOSMaxCpuPerUserLimit" {
			t.Errorf("it waits for %q", why)
		}
		began := time.Now()
		c.Wait("the job has waited for longer than hopeless_after", func() bool { return time.Since(began) > 4*time.Second })
		if held := s.own().attempts.Known(second.Attempt).View(); held.Exit != nil {
			t.Errorf("given up beside another job of the user: %+v", held.Exit)
		}
		if err := s.Executor.Stop(t.Context(), first.Attempt, time.Second); err != nil {
			t.Fatal(err)
		}
		if ended := s.WatchOn(second.Attempt); ended.Reason != sdk.StartFailed || !strings.Contains(ended.Message, "QOSMaxCpuPerUserLimit") {
			t.Errorf("%+v", ended)
		}
	})
	t.Run("a job that is bigger than its group may have together", func(t *testing.T) {
		s.Relaunch() // what limits there are is remembered for a minute
		c.Manage("modify", "account", clustertest.Account, "set", "GrpTRES=cpu=2")
		first, second := s.Task("echo ready; sleep 300"), s.Task("true")
		s.Start(first)
		s.Says(first.Attempt, "ready")
		second.Resources.NanoCPUs = 4e9
		if ended := s.Run(second); ended.Reason != sdk.StartFailed || !strings.Contains(ended.Message, "AssocGrpCpuLimit") {
			t.Errorf("%+v", ended)
		}
		if err := s.Executor.Stop(t.Context(), first.Attempt, time.Second); err != nil {
			t.Fatal(err)
		}
		c.Manage("modify", "account", clustertest.Account, "set", "GrpTRES=cpu=-1")
	})
	t.Run("a job that the account never gets", func(t *testing.T) {
		c.Manage("modify", "account", clustertest.Account, "set", "MaxTRESPerJob=cpu=2")
		task := s.Task("true")
		task.Resources.NanoCPUs = 4e9
		if ended := s.Run(task); ended.Reason != sdk.StartFailed || !strings.Contains(ended.Message, "AssocMaxCpuPerJobLimit") {
			t.Errorf("%+v", ended)
		}
	})
}
