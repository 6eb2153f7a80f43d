package e2e_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// gated is a flow whose model says that it has begun, waits for the gate to open, and copies. It runs alike in a container, as a process and as
// a job.
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

// The agent is killed while tasks run. One of them ends while no agent is there, the other one later. Both are taken up by the next agent, neither
// is begun again, and all that they printed is there.
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
				return copied(t, site.Data("runs"), 2)
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

// finished checks that a run of a gated flow took one try, and that all that it printed is kept.
func finished(t *testing.T, site *testenv.Site, r api.Run) {
	t.Helper()
	if attempts := r.Tasks[0].Attempts; len(attempts) != 1 {
		t.Errorf("the task took %d tries, want one: %s", len(attempts), testenv.Describe(r))
	}
	var text bytes.Buffer
	err := site.Client().Logs(t.Context(), string(r.ID), "", false, func(line api.LogLine) error {
		text.Write(line.Data)
		return nil
	})
	if err != nil || text.String() != "begun\nover\n" {
		t.Errorf("its logs are %q (%v)", text.String(), err)
	}
}

// The agent is killed while it delivers, with some objects answered, one under way and some unsent. The next one sends what is unsent; what was
// answered and not noted yet may come again.
func TestKilledWhileDelivering(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	reached, killed := make(chan struct{}), make(chan struct{})
	archive := &testenv.Archive{Store: func(n int) dimse.Status {
		if n == 300 { // more than are noted in the database at once
			close(reached)
			<-killed
			return dimse.ProcessingFailure // nobody hears it
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
		t.Errorf("%d of %d objects are noted as sent, want all 320", d.Sent, d.Objects)
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
		t.Errorf("%d different objects came, want 320; %d came again, want no more than are noted at once", len(came), again)
	}
}

// The agent is killed at whatever moment it is at, again and again, while studies go through. In the end every study that was released has gone
// through, whole.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(2))
	archive := (&testenv.Archive{}).Listen(t)
	site.Flow("copy", copiesTo(archive.Destination()))
	const rounds = 8
	var all []testenv.Object
	for n := range rounds {
		site.StartProgram()
		series := testenv.Series(20)
		all = append(all, series...)
		sender := testenv.Dial(t, site.DICOM())
		sender.MustStore(series...)
		sender.MustRelease()
		<-time.After(time.Duration(n) * 15 * time.Millisecond) // whatever it is doing then
		site.Kill()
	}
	site.StartProgram()
	count(t, site, "copy", rounds)
	came := make(map[testenv.Kept]bool)
	for _, k := range archive.Kept() {
		came[k] = true
	}
	for _, o := range all {
		if !came[testenv.Kept{Instance: o.Instance, Dataset: string(o.Dataset())}] {
			t.Errorf("%s did not come", o.Instance)
		}
	}
	if len(came) != len(all) {
		t.Errorf("%d different objects came, want %d", len(came), len(all))
	}
	testenv.Until(t, "the executor to hold nothing", func() (bool, string) {
		left, err := filepath.Glob(filepath.Join(site.Backend().Dir, "*", "*"))
		return err == nil && len(left) == 0, fmt.Sprint(left, err)
	})
}

// copied reports whether a task has copied its objects to its output.
func copied(t *testing.T, runs string, objects int) (bool, string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(runs, "*", "0-1", "out", "dst", "*.dcm"))
	return err == nil && len(found) == objects, fmt.Sprintf("%d files (%v)", len(found), err)
}
