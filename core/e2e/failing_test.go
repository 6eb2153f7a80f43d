package e2e_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// model is a flow of one container of busybox, with further words.
func model(script, more string) string {
	return fmt.Sprintf(`
triggers: [{Modality: CT}]
models:
  - image: %s
    command: [sh, -c, %q]
    pull_before_exec: false
    %s
`, testenv.Busybox, script, more)
}

// What can never work fails at the first try, says what to change, and makes no
// executor unhealthy.
func TestWhatCanNeverWorkFailsAtOnce(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Docker(t, 4))
	wrong := map[string]struct{ more, says string }{
		"user":       {"user: nosuch", "check the model's user"},
		"entrypoint": {"entrypoint: [/nosuch]", "check the model's command and entrypoint"},
		"folder":     {"working_dir: /etc/passwd/x", "check the model's working_dir"},
		"program":    {"entrypoint: [nosuch]", "check the model's command and entrypoint"},
	}
	for name, w := range wrong {
		site.Flow(name, model("true", "network_disabled: true\n    "+w.more))
	}
	site.Flow("well", model("cp /input/* /output/", "network_disabled: true"))
	site.Flow("image", strings.Replace(model("true", ""), testenv.Busybox, "a b", 1))
	site.Start()
	site.Send(testenv.Write(t, testenv.Object{})...)
	for name, w := range wrong {
		r := site.Ended(name, run.Failed)
		if !strings.Contains(r.Reason, w.says) || len(r.Tasks[0].Attempts) != 1 {
			t.Errorf("%s: %d attempts, and the reason %q, which is to say %q", name, len(r.Tasks[0].Attempts), r.Reason, w.says)
		}
	}
	site.Ended("well", run.Done)
	status, err := site.Client().Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if status.Executors[0].State != "healthy" {
		t.Errorf("the executor is %+v", status.Executors[0])
	}
	if problems := strings.Join(status.FlowProblems, "\n"); !strings.Contains(problems, `image "a b" is not a reference to an image`) {
		t.Errorf("problems of flows: %s", problems)
	}
}

// An engine whose network is missing fails no study: it is unhealthy and says
// why, and the runs go on when the network is there.
func TestAnEngineThatCannotStartContainers(t *testing.T) {
	t.Parallel()
	network := "raddeploy-test-" + string(run.NewID())
	testenv.Docker(t, 1) // or the test is skipped
	site := programs.NewSite(t, fmt.Sprintf("executor \"docker\" {\n cpus = 1\n config { network = %q }\n}", network))
	site.Flow("copy", model("cp /input/* /output/", ""))
	site.Start()
	const studies = 4
	for range studies {
		site.Send(testenv.Write(t, testenv.Object{})...)
	}
	executor := func() api.Executor {
		status, err := site.Client().Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return status.Executors[0]
	}
	testenv.Until(t, "the executor to be unhealthy", func() (bool, string) {
		e := executor()
		return e.State == "unhealthy" && strings.Contains(e.Message, "network "+network+" not found"), e.State + ": " + e.Message
	})
	tried := 0
	for _, r := range site.Runs("copy") {
		if r.State.Final() {
			t.Errorf("a run has ended: %s", testenv.Describe(r))
		}
		if task := r.Tasks[0]; task.NextTry != nil && strings.Contains(task.Reason, network) {
			tried++
		}
	}
	if tried == 0 {
		t.Error("no task says when it is tried again")
	}
	if _, err := testenv.Command(t, "docker", "network", "create", network); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { testenv.CleanUp(t, "docker", "network", "rm", network) })
	testenv.Until(t, "all runs to be done", func() (bool, string) {
		done := 0
		for _, r := range site.Runs("copy") {
			if r.State == run.Done {
				done++
			}
		}
		return done == studies, fmt.Sprint(done)
	})
	if e := executor(); e.State != "healthy" {
		t.Errorf("the executor is %s: %s", e.State, e.Message)
	}
	site.Stop()
}

// An administrator's docker kill ends a run, whatever retries its flow has.
func TestAContainerThatAnAdministratorKills(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Docker(t, 1))
	site.Flow("long", model("sleep 600", "network_disabled: true\n    retries: 3"))
	site.Start()
	site.Send(testenv.Write(t, testenv.Object{})...)
	site.Run("long", "running", testenv.Running(1))
	if said, err := testenv.Command(t, "docker", "kill", strings.Fields(site.Containers())[0]); err != nil {
		t.Fatal(said, err)
	}
	r := site.Ended("long", run.Failed)
	if !strings.Contains(r.Reason, "stopped from outside of RadDeploy") || len(r.Tasks[0].Attempts) != 1 {
		t.Errorf("%d attempts, and the reason %q", len(r.Tasks[0].Attempts), r.Reason)
	}
}
