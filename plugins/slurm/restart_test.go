package slurm

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/clustertest"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/job"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/launch"
	"github.com/raddeploy/raddeploy/sdk"
)

// The plugin is killed between each step and the next; the attempt is neither
// lost nor run twice.
func TestPluginIsKilled(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	const once = "begun\ndone\n"
	finish := func(t *testing.T, task *sdk.Task, trace string) {
		t.Helper()
		if err := s.Executor.Recover(t.Context(), task, nil); err != nil {
			t.Fatal(err)
		}
		if ended := s.Watch(task.Attempt); !ended.Succeeded() {
			t.Errorf("%+v", ended)
		}
		s.wantTrace(trace, once)
		if held, err := s.Executor.List(t.Context()); err != nil || len(held) == 0 {
			t.Errorf("list: %v, %v", held, err)
		}
		if err := s.Executor.Remove(t.Context(), task.Attempt); err != nil {
			t.Error(err)
		}
	}
	t.Run("when the intent is written", func(t *testing.T) {
		task, trace := s.traced("intent", "true")
		if err := s.own().intend(task); err != nil {
			t.Fatal(err)
		}
		s.Relaunch()
		finish(t, task, trace)
	})
	t.Run("just before sbatch", func(t *testing.T) {
		task, trace := s.traced("before", "true")
		if err := s.own().intend(task); err != nil {
			t.Fatal(err)
		}
		s.markSubmitted(task.Attempt)
		s.Relaunch()
		finish(t, task, trace)
		if jobs := s.jobs(task.Attempt); len(jobs) != 1 {
			t.Errorf("jobs %v", jobs)
		}
	})
	t.Run("when the answer of sbatch is lost", func(t *testing.T) {
		task, trace := s.traced("lost", "sleep 1")
		if err := s.own().intend(task); err != nil {
			t.Fatal(err)
		}
		s.markSubmitted(task.Attempt)
		s.submit(task)
		s.Relaunch()
		finish(t, task, trace)
		if jobs := s.jobs(task.Attempt); len(jobs) != 1 {
			t.Errorf("jobs %v", jobs)
		}
	})
	t.Run("and sbatch comes late", func(t *testing.T) {
		task, trace := s.traced("late", "sleep 1")
		if err := s.own().intend(task); err != nil {
			t.Fatal(err)
		}
		s.submit(task) // of the killed plugin: it has no note of it, and submits another
		s.Relaunch()
		finish(t, task, trace)
	})
	t.Run("while it runs", func(t *testing.T) {
		task, trace := s.traced("running", "sleep 1")
		s.Start(task)
		s.Until(task.Attempt, sdk.Running)
		s.Relaunch()
		finish(t, task, trace)
	})
	t.Run("and it ends unseen", func(t *testing.T) {
		task, trace := s.traced("unseen", "sleep 0.5")
		s.Start(task)
		s.Until(task.Attempt, sdk.Running)
		folder := s.own().folderOf(task.Attempt)
		s.Executor.Close()
		s.cluster.Wait("its record is there", func() bool { _, whole := folder.ReadRecord(); return whole })
		s.Relaunch()
		finish(t, task, trace)
	})
	t.Run("when it was asked to end", func(t *testing.T) {
		task := s.Task("trap '' TERM; echo ready; while :; do sleep 0.05; done")
		s.Start(task)
		s.Says(task.Attempt, "ready")
		if err := s.Executor.Stop(t.Context(), task.Attempt, time.Second); err != nil {
			t.Fatal(err)
		}
		s.Relaunch()
		if ended := s.Watch(task.Attempt); ended.Reason != sdk.Stopped {
			t.Errorf("%+v", ended)
		}
	})
}

// markSubmitted leaves the note that sbatch is about to be called.
func (s *site) markSubmitted(id sdk.AttemptID) {
	s.T.Helper()
	text := []byte(time.Now().Format("")) // unreadable counts as just now
	if err := s.own().folderOf(id).Write(job.SubmitFile, text); err != nil {
		s.T.Fatal(err)
	}
}

// submit calls sbatch as a plugin process that is killed before it can note the
// answer.
func (s *site) submit(task *sdk.Task) {
	s.T.Helper()
	p, found := s.own().request(task)
	if found.Failed() {
		s.T.Fatal(found)
	}
	if err := s.own().script(p, launch.Fetched{}); err != nil {
		s.T.Fatal(err)
	}
	if _, err := s.own().cluster.Submit(s.T.Context(), p.Args, s.own().folderOf(task.Attempt).Path(job.ScriptFile)); err != nil {
		s.T.Fatal(err)
	}
}

// A job whose folder is gone is listed by its comment, and ended when it is
// removed.
func TestStrayJob(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	task := s.Task("echo ready; sleep 60")
	s.Start(task)
	s.Says(task.Attempt, "ready")
	s.Executor.Close()
	if err := os.RemoveAll(string(s.own().folderOf(task.Attempt))); err != nil {
		t.Fatal(err)
	}
	s.Relaunch()
	held, err := s.Executor.List(t.Context())
	if err != nil || len(held) != 1 || held[0].Attempt != task.Attempt || held[0].Ended {
		t.Fatalf("list: %v, %v", held, err)
	}
	if err := s.Executor.Remove(t.Context(), task.Attempt); sdk.KindOf(err) != sdk.FailedPrecondition {
		t.Errorf("remove: %v", err)
	}
	if err := s.Executor.Stop(t.Context(), task.Attempt, 0); err != nil {
		t.Errorf("stop: %v", err)
	}
	s.cluster.Wait("the stray is gone", func() bool {
		held, err := s.Executor.List(t.Context())
		return err == nil && len(held) == 0
	})
}

// The controller is killed and started again: while it is away nobody can tell,
// and then all goes on.
func TestControllerRestarts(t *testing.T) {
	t.Parallel()
	s := newSiteOn(t, clustertest.New(t, 2, "MessageTimeout=10"), "")
	running, trace := s.traced("running", "while test ! -e "+s.Root+"/go; do sleep 0.05; done")
	s.Start(running)
	s.Until(running.Attempt, sdk.Running)
	s.saved(running.Attempt)
	s.cluster.KillController()
	if _, err := s.Executor.List(t.Context()); sdk.KindOf(err) != sdk.Unavailable {
		t.Errorf("list: %v", err)
	}
	meanwhile, second := s.traced("meanwhile", "true")
	s.Start(meanwhile)
	if err := s.Executor.Watch(t.Context(), running.Attempt, func(e sdk.Event) error {
		if e.Exit != nil {
			t.Errorf("exit %+v", e.Exit)
		}
		return nil
	}); sdk.KindOf(err) != sdk.Unavailable {
		t.Errorf("watch: %v", err)
	}
	s.cluster.StartController()
	s.Folder("", "go", "")
	for _, id := range []sdk.AttemptID{running.Attempt, meanwhile.Attempt} {
		if ended := s.WatchOn(id); !ended.Succeeded() {
			t.Errorf("%+v", ended)
		}
	}
	s.wantTrace(trace, "begun\ndone\n")
	s.wantTrace(second, "begun\ndone\n")
}

// saved waits until the controller has saved an attempt's job as it is now.
func (s *site) saved(id sdk.AttemptID) {
	s.T.Helper()
	const mark = "seen running"
	if out, err := s.cluster.Command("scontrol", "update", "JobId="+s.jobs(id)[0], "AdminComment="+mark).CombinedOutput(); err != nil {
		s.T.Fatalf("%v: %s", err, out)
	}
	s.cluster.Wait("the controller has saved its jobs", func() bool {
		text, _ := os.ReadFile(s.cluster.Dir + "/state/job_state")
		return strings.Contains(string(text), mark)
	})
}

// A slurmd is killed: its job goes on, and its end is known by the record.
func TestNodeDaemonIsKilled(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	task, trace := s.traced("node", "echo ready; while test ! -e "+s.Root+"/go; do sleep 0.05; done; exit 3")
	s.Start(task)
	s.Says(task.Attempt, "ready")
	phase, _ := s.own().folderOf(task.Attempt).ReadPhase()
	s.cluster.KillNode(phase.Node)
	s.Folder("", "go", "")
	if ended := s.WatchOn(task.Attempt); ended.Reason != sdk.Exited || ended.Code != 3 {
		t.Errorf("%+v", ended)
	}
	s.wantTrace(trace, "begun\n")
	s.cluster.StartNode(phase.Node)
}

// A node is lost with all that ran there.
func TestNodeIsLost(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	task, trace := s.traced("lost", "echo ready; sleep 300")
	s.Start(task)
	s.Says(task.Attempt, "ready")
	phase, _ := s.own().folderOf(task.Attempt).ReadPhase()
	s.cluster.KillNode(phase.Node)
	if s.cluster.LoseJob(phase.ID) == 0 {
		t.Fatal("no process of the job was found")
	}
	if out, err := s.cluster.Command("scontrol", "update", "NodeName="+phase.Node, "State=DOWN", "Reason=test").CombinedOutput(); err != nil {
		t.Fatalf("%s", out)
	}
	ended := s.WatchOn(task.Attempt)
	if ended.Reason != sdk.NodeLost || ended.Node != phase.Node || ended.Started.IsZero() {
		t.Errorf("%+v; want the node lost, and its name", ended)
	}
	s.wantTrace(trace, "begun\n")
}

// Somebody cancels the job in Slurm, or kills its script on the node.
func TestEndedByOthers(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	for name, row := range map[string]struct {
		do   func(id string)
		want sdk.Reason
	}{
		"scancel": {func(id string) { _ = s.cluster.Command("scancel", id).Run() }, sdk.Stopped},
		"killed":  {func(id string) { s.cluster.KillJob(id) }, 0},
	} {
		task := s.Task("echo ready; sleep 300")
		s.Start(task)
		s.Says(task.Attempt, "ready")
		row.do(s.jobs(task.Attempt)[0])
		ended := s.WatchOn(task.Attempt)
		if row.want != 0 && ended.Reason != row.want || ended.Reason == sdk.Exited || ended.Message == "" {
			t.Errorf("%s: %+v", name, ended)
		}
	}
}

// WatchOn watches to the end, however often nobody can tell.
func (s *site) WatchOn(id sdk.AttemptID) (exit sdk.Exit) {
	s.T.Helper()
	s.cluster.Wait("attempt "+string(id)+" has ended", func() bool {
		return s.Executor.Watch(s.T.Context(), id, func(e sdk.Event) error {
			if e.Exit != nil {
				exit = *e.Exit
			}
			return nil
		}) == nil
	})
	return exit
}
