package slurm

import (
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/clustertest"
	"github.com/raddeploy/raddeploy/sdk"
)

func TestLife(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	ended := s.Run(s.Task("echo out; echo err >&2; exit 7"))
	if ended.Reason != sdk.Exited || ended.Code != 7 || ended.Node == "" || ended.Started.IsZero() || len(ended.States) == 0 {
		t.Errorf("%+v", ended)
	}
	task := s.Task("printf out; printf err >&2; sleep 0.3; kill -9 $$")
	ended = s.Run(task)
	if ended.Reason != sdk.Exited || ended.Signal != 9 || ended.States[len(ended.States)-1] != sdk.Running {
		t.Errorf("%+v", ended)
	}
	if out, err := s.Logs(task.Attempt, sdk.Stdout), s.Logs(task.Attempt, sdk.Stderr); out != "out" || err != "err" {
		t.Errorf("logs %q, %q", out, err)
	}
	s.Relaunch()
	if again := s.Watch(task.Attempt); again.Signal != 9 || !again.Finished.Equal(ended.Finished) {
		t.Errorf("another process tells %+v; want %+v", again, ended)
	}
}

// Whatever a site is called, its jobs run and are found.
func TestSiteNames(t *testing.T) {
	t.Parallel()
	c := clustertest.New(t, 1)
	for _, name := range []string{"Klinik Nord", "a,b", "100%j", "Universitätsklinikum", "it's \"one\"", "a/b~c"} {
		t.Run(name, func(t *testing.T) {
			s := newSiteNamed(t, c, name, "")
			task := s.Task("echo out")
			if ended := s.Run(task); !ended.Succeeded() || s.Logs(task.Attempt, sdk.Stdout) != "out\n" {
				t.Errorf("%+v", ended)
			}
			if jobs := s.jobs(task.Attempt); len(jobs) != 1 {
				t.Errorf("jobs %v are found by name", jobs)
			}
		})
	}
}

func TestRemoveByManyAtOnce(t *testing.T) {
	sitetest.RemoveByManyAtOnce(t, func(t testing.TB, config string) *sitetest.Site { return newSite(t, config).Site })
}

func TestStop(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	ctx := t.Context()
	for _, row := range []struct {
		name, script string
		grace        time.Duration
		said         string
	}{
		{"gently", `trap 'echo asked; exit 0' TERM; echo ready; while :; do sleep 0.05; done`, time.Minute, "ready\nasked\n"},
		{"by force", `trap '' TERM; echo ready; while :; do sleep 0.05; done`, 300 * time.Millisecond, "ready\n"},
	} {
		task := s.Task(row.script)
		s.Start(task)
		s.Says(task.Attempt, "ready")
		if err := s.Executor.Stop(ctx, task.Attempt, row.grace); err != nil {
			t.Fatal(err)
		}
		if ended := s.Watch(task.Attempt); ended.Reason != sdk.Stopped || s.Logs(task.Attempt, sdk.Stdout) != row.said {
			t.Errorf("%s: %+v, it said %q", row.name, ended, s.Logs(task.Attempt, sdk.Stdout))
		}
	}
	task := s.Task("true")
	s.Start(task)
	if err := s.Executor.Stop(ctx, task.Attempt, 0); err != nil {
		t.Fatal(err)
	}
	if ended := s.Watch(task.Attempt); ended.Reason != sdk.Stopped && ended.Reason != sdk.Exited {
		t.Errorf("at once: %+v", ended)
	}
}

// A job that nothing can make begin fails with Slurm's own word.
func TestHopeless(t *testing.T) {
	t.Parallel()
	c := clustertest.New(t, 1, "PartitionName=short Nodes=ALL MaxTime=1 State=UP")
	s := newSiteOn(t, c, `, "hopeless_after": "1s", "partition": "short", "time_limit": "1h"`)
	task := s.Task("true")
	s.Start(task)
	if why := s.waits(task.Attempt); !strings.HasPrefix(why, "Partition") {
		t.Errorf("it waits for %q", why)
	}
	ended := s.Watch(task.Attempt)
	if ended.Reason != sdk.StartFailed || !ended.Permanent || !strings.Contains(ended.Message, "the reason Partition") || !ended.Started.IsZero() {
		t.Errorf("%+v", ended)
	}
}

// What the cluster can never give to a job fails at once, and says what to do.
func TestAskingForMoreThanThereIs(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	task := s.Task("true")
	task.Resources.NanoCPUs = 100000e9
	ended := s.Run(task)
	if ended.Reason != sdk.StartFailed || !ended.Permanent || !strings.Contains(ended.Message, "change what the model asks for") {
		t.Errorf("%+v", ended)
	}
}

// An administrator's scancel ends the attempt, before its job has begun and while
// it runs.
func TestScancel(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	cancel := func(task *sdk.Task) sitetest.Ended {
		t.Helper()
		for _, id := range s.jobs(task.Attempt) {
			if err := s.own().cluster.Cancel(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		return s.Watch(task.Attempt)
	}
	runs := s.Task("sleep 60")
	runs.Resources.NanoCPUs = 64e9
	other := s.Task("sleep 60")
	other.Resources.NanoCPUs = 64e9
	waits := s.Task("sleep 60")
	waits.Resources.NanoCPUs = 64e9
	for _, task := range []*sdk.Task{runs, other} {
		s.Start(task)
		s.Until(task.Attempt, sdk.Running)
	}
	s.Start(waits)
	s.waits(waits.Attempt)
	for name, task := range map[string]*sdk.Task{"waits": waits, "runs": runs} {
		if ended := cancel(task); ended.Reason != sdk.Stopped || ended.Message == "" {
			t.Errorf("%s: %+v", name, ended)
		}
	}
}

// A job that waits for its turn says so, and can be stopped.
func TestPending(t *testing.T) {
	t.Parallel()
	s := newSite(t, `, "hopeless_after": "0.5s"`)
	task := s.Task("true")
	task.Resources.NanoCPUs = 64e9
	for range 2 {
		one := s.Task("sleep 60")
		one.Resources.NanoCPUs = 64e9
		s.Start(one)
		s.Until(one.Attempt, sdk.Running)
	}
	s.Start(task)
	if why := s.waits(task.Attempt); why != "Resources" && why != "Priority" {
		t.Errorf("it waits for %q", why)
	}
	if err := s.Executor.Stop(t.Context(), task.Attempt, time.Minute); err != nil {
		t.Fatal(err)
	}
	if ended := s.Watch(task.Attempt); ended.Reason != sdk.Stopped || !ended.Started.IsZero() {
		t.Errorf("stopped while it waits: %+v", ended)
	}
}

func TestRefusedBySlurm(t *testing.T) {
	t.Parallel()
	s := newSite(t, `, "partition": "nowhere"`)
	ended := s.Run(s.Task("true"))
	if ended.Reason != sdk.StartFailed || !strings.Contains(ended.Message, "invalid partition") {
		t.Errorf("%+v", ended)
	}
}

// Nodes to avoid are a hint: they are left out, and taken if there are no others.
func TestAvoidsNodes(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	for _, row := range []struct {
		avoid []string
		want  string
	}{{[]string{"t1"}, "t2"}, {[]string{"t2", "not a name"}, "t1"}, {[]string{"t1", "t2"}, ""}, {[]string{"gone"}, ""}} {
		task := s.Task("true")
		task.AvoidNodes = row.avoid
		if ended := s.Run(task); !ended.Succeeded() || row.want != "" && ended.Node != row.want {
			t.Errorf("without %v: %+v", row.avoid, ended.Exit)
		}
	}
}

func TestQueueLimit(t *testing.T) {
	t.Parallel()
	s := newSite(t, `, "queue_limit": 1`)
	first, second := s.Task("echo ready; sleep 60"), s.Task("true")
	s.Start(first)
	s.Says(first.Attempt, "ready")
	s.Start(second)
	if jobs := s.jobs(second.Attempt); len(jobs) > 0 {
		t.Errorf("the second was submitted: %v", jobs)
	}
	if err := s.Executor.Stop(t.Context(), first.Attempt, 0); err != nil {
		t.Fatal(err)
	}
	if ended := s.Watch(second.Attempt); !ended.Succeeded() {
		t.Errorf("%+v", ended)
	}
}
