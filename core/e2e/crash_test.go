package e2e_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
)

// gated is a flow whose model says that it has begun, waits for the gate to
// open, and copies. It runs alike in a container, as a process and as a job.
func gated(gate, destinations string) string {
	return fmt.Sprintf(`
triggers: [{Modality: CT}]
models:
  - image: "127.0.0.1:5000/busybox:latest"
    command: [sh, -c, 'echo begun; until test -e /gate/%s; do sleep 0.1; done; cp /input/* /output/; echo over']
    network_disabled: true
    pull_before_exec: false
    static_mounts: gate:/gate
destinations: [%s]
`, gate, destinations)
}

// runtimes are the executors that outlive the agent, as blocks of a site.
func runtimes(t *testing.T) map[string]string {
	return map[string]string{"docker": testenv.Docker(t, 2), "process": testenv.Process(2), "slurm": testenv.Slurm(t)}
}

// The agent is killed while tasks run. One of them ends while no agent is
// there, the other one later. Both are resumed by the next agent, neither is
// begun again, and all that they printed is there.
func TestKilledWhileTasksRun(t *testing.T) {
	t.Parallel()
	for name, executor := range runtimes(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			archive := testenv.Storescp(t)
			site := programs.NewSite(t, executor)
			site.Flow("sooner", gated("sooner", archive.Destination()))
			site.Flow("later", gated("later", archive.Destination()))
			site.Static("gate", "gate", "")
			site.StartProgram()
			series := testenv.Series(2)
			site.Send(testenv.Write(t, series...)...)
			for _, flow := range []string{"sooner", "later"} {
				site.Run(flow, "running", testenv.Running(1))
			}
			site.Kill()
			site.Static("gate", "sooner", "")
			testenv.Until(t, "the task to end without an agent", func() (bool, string) {
				if name == "docker" {
					return site.Containers("status=exited") != "", site.Containers()
				}
				return copied(t, site.Files(), 2)
			})
			site.StartProgram()
			finished(t, site, site.Ended("sooner", run.Done))
			site.Kill()
			site.StartProgram()
			site.Static("gate", "later", "")
			finished(t, site, site.Ended("later", run.Done))
			got := archive.Files()
			for _, file := range files(series) {
				for n := range 2 { // of each flow
					file.Copy = n
					if got[file.Key].Dataset != file.Dataset {
						t.Errorf("the archive has no copy %d of %s", n, file.Instance)
					}
				}
			}
			if len(got) != 4 {
				t.Errorf("%d objects came to the archive, want 4", len(got))
			}
			if name == "docker" {
				site.NoContainers()
			}
		})
	}
}

// finished checks that a run of a gated flow took one try, and that all that it
// printed is kept.
func finished(t *testing.T, site *testenv.Site, r api.Run) {
	t.Helper()
	if attempts := r.Tasks[0].Attempts; len(attempts) != 1 {
		t.Errorf("the task took %d tries, want one: %s", len(attempts), testenv.Describe(r))
	}
	if said := printed(t, site, r); said != "begun\nover\n" {
		t.Errorf("its logs are %q", said)
	}
}

// printed is what the task of a run has printed.
func printed(t *testing.T, site *testenv.Site, r api.Run) string {
	t.Helper()
	var text bytes.Buffer
	err := site.Client().Logs(t.Context(), string(r.ID), "", false, func(line api.LogLine) error {
		text.Write(line.Data)
		return nil
	})
	if err != nil {
		t.Errorf("its logs: %v", err)
	}
	return text.String()
}

// The agent is killed while it delivers, with some objects answered, one under
// way and some unsent. The next one sends what is unsent; what was answered and
// not recorded yet may come again.
func TestKilledWhileDelivering(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	reached, killed := make(chan struct{}), make(chan struct{})
	archive := &testenv.Archive{Store: func(n int) dimse.Status {
		if n == 300 { // more than are recorded in the database at once
			close(reached)
			<-killed
			return dimse.ProcessingFailure // the peer is gone
		}
		return dimse.Success
	}}
	archive.Listen(t)
	site.Flow("copy", copiesTo(archive.Destination()))
	site.StartProgram()
	series := testenv.Series(320)
	site.Send(testenv.Write(t, series...)...)
	<-reached
	site.Kill()
	close(killed)
	site.StartProgram()
	r := site.Ended("copy", run.Done)
	if d := r.Deliveries[0]; d.Sent != 320 || d.Objects != 320 {
		t.Errorf("%d of %d objects are recorded as sent, want all 320", d.Sent, d.Objects)
	}
	came := make(map[testenv.Kept]int)
	for _, k := range archive.Kept() {
		came[k]++
	}
	again := 0
	for _, o := range series {
		n := came[testenv.Kept{Instance: o.Instance, Dataset: string(o.Dataset())}]
		if n == 0 {
			t.Errorf("%s did not come", o.Instance)
		}
		again += n - 1
	}
	if len(came) != 320 || again > 256 {
		t.Errorf("%d different objects came, want 320; %d came again, want no more than are recorded at once", len(came), again)
	}
}

// The agent is killed while a task is ended whose time is over, and which has
// heard so. The next agent sees it to its end: there is one try, and it is told
// once.
func TestKilledWhileATaskIsEnded(t *testing.T) {
	t.Parallel()
	for name, executor := range runtimes(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := programs.NewSite(t, executor)
			site.Flow("stubborn", `
triggers: [{Modality: CT}]
models:
  - image: "127.0.0.1:5000/busybox:latest"
    command: [sh, -c, 'trap "echo told" TERM; echo begun; while true; do sleep 0.1; done']
    network_disabled: true
    pull_before_exec: false
    timeout: 10
`)
			site.StartProgram()
			site.Send(testenv.Write(t, testenv.Object{})...)
			r := site.Run("stubborn", "running", testenv.Running(1))
			testenv.Until(t, "the task to be told", func() (bool, string) {
				said := printed(t, site, r)
				return strings.Contains(said, "told\n"), said
			})
			site.Kill()
			site.StartProgram()
			r = site.Ended("stubborn", run.Failed)
			if attempts := r.Tasks[0].Attempts; len(attempts) != 1 || !strings.Contains(attempts[0].Reason, "timed out after 10s") {
				t.Errorf("want one try that timed out: %s", testenv.Describe(r))
			}
			if said := printed(t, site, r); strings.Count(said, "told\n") != 1 {
				t.Errorf("it printed %q", said)
			}
		})
	}
}

// copied reports whether a task has copied its objects to its output.
func copied(t *testing.T, runs spool.Runs, objects int) (bool, string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(runs.Output("*", 0, 1, "dst"), "*.dcm"))
	return err == nil && len(found) == objects, fmt.Sprintf("%d files (%v)", len(found), err)
}
