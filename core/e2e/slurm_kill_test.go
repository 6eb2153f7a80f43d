package e2e_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// The agent is killed while it hands a job to the cluster. Whatever had become
// of the job by then, the next agent finds it out: the task runs once, by one
// job, and the run ends well.
func TestKilledWhileItSubmitsAJob(t *testing.T) {
	t.Parallel()
	for name, place := range map[string]string{"before the job is there": before, "before its id is known": after} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site, commands := slurmSite(t)
			commands.stopAt(place)
			sendGated(t, site, "open")
			standing := commands.standing(place)
			site.Kill()
			commands.end(standing)
			site.StartProgram()
			finishedByOneJob(t, site)
		})
	}
}

// An sbatch outlives the agent that called it, and submits its job when the
// next agent has submitted another one long since. The task runs once.
func TestJobThatIsSubmittedTooLate(t *testing.T) {
	t.Parallel()
	site, commands := slurmSite(t)
	commands.stopAt(before)
	sendGated(t, site, "gate")
	commands.standing(before)
	site.Kill()
	site.StartProgram()
	r := site.Run("gated", "running", testenv.Running(1))
	commands.goOn(before)
	testenv.Until(t, "the late job to be over", func() (bool, string) {
		all, active := jobsOf(t, r), jobsOf(t, r, "--states=PENDING,RUNNING,COMPLETING")
		return len(all) == 2 && len(active) == 1, fmt.Sprintf("%q, of which %q have not ended", all, active)
	})
	site.Static("gate", "open", "")
	finished(t, site, site.Ended("gated", run.Done))
}

// The agent is killed while its job waits in the cluster's queue, which the run
// tells. The next agent tells it too, and the job runs when its time comes.
func TestKilledWhileAJobIsPending(t *testing.T) {
	t.Parallel()
	site, commands := slurmSite(t)
	commands.hold()
	sendGated(t, site, "open")
	waits := func(r api.Run) bool { return strings.Contains(testenv.Describe(r), "JobHeldUser") }
	site.Run("gated", "waiting for the cluster", waits)
	site.Kill()
	site.StartProgram()
	jobs := jobsOf(t, site.Run("gated", "waiting for the cluster", waits))
	if len(jobs) != 1 {
		t.Fatalf("jobs %q, want one", jobs)
	}
	if output, err := testenv.Command(t, "scontrol", "release", jobs[0]); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	finishedByOneJob(t, site)
}

// The cluster's controller cannot be reached for a while. The site says so,
// nothing is taken for lost, and all goes on when it is back.
func TestControllerOfTheClusterIsAway(t *testing.T) {
	t.Parallel()
	site, commands := slurmSite(t)
	site.Flow("gated", gated("open", ""))
	site.Static("gate", "gate", "")
	site.Start()
	site.Send(testenv.Write(t, testenv.Object{})...)
	site.Run("gated", "running", testenv.Running(1))
	commands.away()
	testenv.Until(t, "the site to say that the cluster does not answer", func() (bool, string) {
		all, err := site.Client().Executors(t.Context())
		return err == nil && len(all) == 1 && strings.Contains(all[0].Message, "Unable to contact"), fmt.Sprintf("%+v %v", all, err)
	})
	site.Static("gate", "open", "")
	commands.back()
	finished(t, site, site.Ended("gated", run.Done))
}

// sendGated starts the agent with a gated flow whose gate "open" or another one
// is open, and sends it a study.
func sendGated(t *testing.T, site *testenv.Site, gate string) {
	t.Helper()
	site.Flow("gated", gated("open", ""))
	site.Static("gate", gate, "")
	site.StartProgram()
	site.Send(testenv.Write(t, testenv.Object{})...)
}

// finishedByOneJob waits for the end of the gated run, and checks that it took
// one try and one job.
func finishedByOneJob(t *testing.T, site *testenv.Site) {
	t.Helper()
	r := site.Ended("gated", run.Done)
	finished(t, site, r)
	if jobs := jobsOf(t, r); len(jobs) != 1 {
		t.Errorf("jobs %q, want one", jobs)
	}
}
