package e2e_test

import (
	"os/user"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// held is a chain whose tasks run until they are stopped, to an archive.
func held(destination string) string {
	return `
triggers: [{Modality: CT}]
models:
  - {name: first, image: any, options: {hold: true}, output_mounts: {x: /x}}
  - {name: second, image: any, options: {hold: true}, input_mounts: {x: /x}}
destinations: [` + destination + `]
`
}

// acts runs a command of an operator's on a site's agent, which must end with a
// code, and returns what it prints.
func acts(t *testing.T, site *testenv.Site, want int, args ...string) string {
	t.Helper()
	code, text := cli(t, site, args...)
	if code != want {
		t.Fatalf("raddeploy %s: exit code %d, want %d\n%s", strings.Join(args, " "), code, want, text)
	}
	return text
}

// mentions checks what a command prints.
func mentions(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("%q is not in\n%s", word, text)
		}
	}
}

func me(t *testing.T) string {
	t.Helper()
	who, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	return who.Username
}

// A run is canceled from the command line, says by whom, and a second time is a
// no-op. What has ended otherwise is not canceled.
func TestCancel(t *testing.T) {
	t.Parallel()
	archive := testenv.Storescp(t)
	site := programs.NewSite(t, testenv.Fake(1))
	site.Flow("held", held(archive.Destination()))
	site.Flow("quick", "triggers: [{Modality: CT}]\npriority: 5\nmodels: [{name: only, image: any}]\n")
	site.Start()
	site.Send(testenv.Write(t, testenv.Object{})...)
	quick := site.Ended("quick", run.Done)
	id := string(site.Run("held", "running", testenv.Running(1)).ID)

	mentions(t, acts(t, site, 0, "cancel", id[:8]), "run "+id[:8]+" is cancel", "canceled by "+me(t))
	r := site.Ended("held", run.Canceled)
	if r.Reason != "canceled by "+me(t) || r.Tasks[0].State != run.TaskCanceled || r.Tasks[1].State != run.TaskCanceled {
		t.Errorf("the canceled run is %s", testenv.Describe(r))
	}
	if reason := r.Tasks[0].Attempts[0].Reason; reason != r.Reason {
		t.Errorf("the attempt ended because of %q", reason)
	}
	mentions(t, acts(t, site, 0, "cancel", id), "is canceled")
	mentions(t, acts(t, site, 0, "runs", id), "cancel  ", me(t), "socket")
	mentions(t, acts(t, site, 1, "cancel", string(quick.ID)), "cannot go from done to canceled", "its results are sent")
	mentions(t, acts(t, site, 4, "cancel", "none"), "not found")
	acts(t, site, 2, "cancel")
	if n := strings.Count(acts(t, site, 0, "journal"), "cancel "); n != 1 {
		t.Errorf("the journal has %d entries, want one", n)
	}
}

// The agent is killed before its executor, which is away, was told to stop: the
// run says what it waits for, and is canceled by the next agent.
func TestCancelWhileTheExecutorIsAway(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	site.Flow("held", held(""))
	site.StartProgram()
	site.Send(testenv.Write(t, testenv.Object{})...)
	id := string(site.Run("held", "running", testenv.Running(1)).ID)
	resume, err := site.Backend().Stall()
	if err != nil {
		t.Fatal(err)
	}
	acts(t, site, 0, "cancel", id)
	site.Kill()
	site.LaunchProgram()
	site.Run("held", "waiting for its executor", func(r api.Run) bool {
		attempts := r.Tasks[0].Attempts
		return r.State == run.Canceling && strings.HasPrefix(attempts[len(attempts)-1].Doing, "waits for executor fake")
	})
	if err := resume(); err != nil {
		t.Fatal(err)
	}
	r := site.Ended("held", run.Canceled)
	if len(r.Tasks[0].Attempts) != 1 {
		t.Errorf("the canceled run was tried again: %s", testenv.Describe(r))
	}
}

// What a destination has not taken is not sent, and the association is ended.
func TestCancelOfADelivery(t *testing.T) {
	t.Parallel()
	begun, answer := make(chan struct{}, 3), make(chan struct{})
	archive := &testenv.Archive{Store: func(int) dimse.Status {
		begun <- struct{}{}
		<-answer
		return dimse.Success
	}}
	archive.Listen(t)
	site := programs.NewSite(t, testenv.Fake(1))
	site.Flow("copy", copies+"destinations: ["+archive.Destination()+"]\n")
	site.Start()
	site.Send(testenv.Write(t, testenv.Series(3)...)...)
	<-begun
	id := string(site.Runs("copy")[0].ID)
	mentions(t, acts(t, site, 0, "cancel", id), "is canceled")
	close(answer)
	r := site.Ended("copy", run.Canceled)
	if d := r.Deliveries[0]; d.State != run.DeliveryAbandoned || d.Sent == 3 {
		t.Errorf("the delivery is %s", testenv.Describe(r))
	}
}

// A container that ignores SIGTERM is stopped by force, and the run does not say
// that its model was killed.
func TestCancelOfAContainerThatIgnoresSIGTERM(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Docker(t, 1))
	site.Flow("deaf", `
triggers: [{Modality: CT}]
models:
  - name: deaf
    image: `+testenv.Busybox+`
    pull_before_exec: false
    command: [sh, -c, "trap '' TERM; echo deaf; while true; do sleep 1; done"]
`)
	site.Start()
	site.Send(testenv.Write(t, testenv.Object{})...)
	id := string(site.Run("deaf", "running", testenv.Running(1)).ID)
	began := time.Now()
	mentions(t, acts(t, site, 0, "cancel", id), "is canceling")
	r := site.Ended("deaf", run.Canceled)
	if took := time.Since(began); took < 5*time.Second {
		t.Errorf("it was stopped by force after %s, want it to be asked before", took)
	}
	if reason := r.Tasks[0].Attempts[0].Reason; reason != "canceled by "+me(t) {
		t.Errorf("the attempt ended because of %q", reason)
	}
	site.NoContainers()
}

// Whatever runs the tasks: a canceled one ends, and leaves nothing behind.
func TestCancelOnEachRuntime(t *testing.T) {
	t.Parallel()
	for name, executor := range runtimes(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := programs.NewSite(t, executor)
			site.Flow("gated", gated("open", ""))
			site.Static("gate", "gate", "")
			site.StartProgram()
			site.Send(testenv.Write(t, testenv.Object{})...)
			id := string(site.Run("gated", "running", testenv.Running(1)).ID)
			acts(t, site, 0, "cancel", id)
			site.Kill()
			site.StartProgram()
			r := site.Ended("gated", run.Canceled)
			if a := r.Tasks[0].Attempts[0]; a.Reason != "canceled by "+me(t) || len(r.Tasks[0].Attempts) != 1 {
				t.Errorf("the attempt ended because of %q: %s", a.Reason, testenv.Describe(r))
			}
			testenv.Until(t, "the attempt to be removed", func() (bool, string) {
				r := site.Runs("gated")[0]
				return r.Tasks[0].Attempts[0].State == run.AttemptRemoved, testenv.Describe(r)
			})
			if name == "docker" {
				site.NoContainers()
			}
		})
	}
}

// An attempt is canceled whatever it does at the moment: it waits in a queue, its
// image is pulled, it does not listen, or the executor cannot start it.
func TestCancelInEachStateOfAnAttempt(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(4))
	plans := map[string]struct{ options, doing string }{
		"queued":      {"queue: 1h", "queued"},
		"pulled":      {"pull: 1h", "0 of 1 MB"},
		"deaf":        {"hold: true, deaf: true", "running"},
		"unavailable": {"start: unavailable", "waits for executor fake"},
	}
	for name, plan := range plans {
		site.Flow(name, "triggers: [{Modality: CT}]\nmodels: [{image: any, options: {"+plan.options+"}}]\n")
	}
	site.Start()
	site.Send(testenv.Write(t, testenv.Object{})...)
	for name, plan := range plans {
		r := site.Run(name, plan.doing, func(r api.Run) bool {
			attempts := r.Tasks[0].Attempts
			return len(attempts) == 1 && strings.Contains(attempts[0].Doing, plan.doing)
		})
		acts(t, site, 0, "cancel", string(r.ID))
	}
	for name := range plans {
		r := site.Ended(name, run.Canceled)
		if a := r.Tasks[0].Attempts; len(a) != 1 || a[0].Reason != r.Reason {
			t.Errorf("%s: %s", name, testenv.Describe(r))
		}
	}
}
