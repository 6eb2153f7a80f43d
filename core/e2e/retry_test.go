package e2e_test

import (
	"os"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// twoSteps is a flow whose second model fails until a file is there.
func twoSteps(destination string) string {
	return `
triggers: [{Modality: CT}]
models:
  - name: first
    image: any
    command: [sh, -c, 'cp /input/* /output/; date +%N > /output/when']
    output_mounts: {x: /output}
  - name: second
    image: any
    command: [sh, -c, 'test -e /gate/open || exit 3; cp /input/* /output/']
    input_mounts: {x: /input}
    static_mounts: gate:/gate
destinations: [` + destination + `]
`
}

// A failed run is tried again from the command line: what succeeded is kept,
// until it is named, and results are sent once more.
func TestRetry(t *testing.T) {
	t.Parallel()
	archive := testenv.Storescp(t)
	site := programs.NewSite(t, testenv.Process(2))
	site.Static("gate", "shut", "")
	site.Flow("two", twoSteps(archive.Destination()))
	site.StartProgram()
	series := testenv.Series(2)
	site.Send(testenv.Write(t, series...)...)
	id := string(site.Ended("two", run.Failed).ID)

	acts(t, site, 0, "retry", id) // the gate is still shut
	r := site.Ended("two", run.Failed)
	attempted(t, r.Tasks[0].Attempts, 1)
	attempted(t, r.Tasks[1].Attempts, 2)

	site.Static("gate", "open", "")
	site.Stop()
	site.StartProgram()
	mentions(t, acts(t, site, 0, "retry", id[:8]), "run "+id[:8]+" is ")
	r = site.Ended("two", run.Done)
	attempted(t, r.Tasks[0].Attempts, 1)
	attempted(t, r.Tasks[1].Attempts, 3)
	same(t, "the archive", archive.Files(), files(series))

	mentions(t, acts(t, site, 1, "retry", id), "all its tasks succeeded")
	mentions(t, acts(t, site, 4, "retry", id, "-from", "third"), "the tasks of this run are first, second")
	acts(t, site, 0, "retry", id, "-from", "first")
	r = site.Ended("two", run.Done)
	attempted(t, r.Tasks[0].Attempts, 2)
	attempted(t, r.Tasks[1].Attempts, 4)
	if len(r.Deliveries) != 2 || !r.Deliveries[0].Superseded || r.Deliveries[1].Superseded {
		t.Errorf("deliveries are %+v", r.Deliveries)
	}
	mentions(t, acts(t, site, 0, "runs", id), "retry ", "from task first", "(superseded)")

	if err := os.RemoveAll(site.Files().Run(r.ID)); err != nil {
		t.Fatal(err)
	}
	mentions(t, acts(t, site, 1, "retry", id, "-from", "second"), "output x has been removed")
}

// attempted checks how many attempts there were, by their numbers.
func attempted(t *testing.T, attempts []api.Attempt, want int) {
	t.Helper()
	if len(attempts) != want || attempts[want-1].Number != want {
		t.Errorf("%d attempts, want %d: %+v", len(attempts), want, attempts)
	}
}

// A run that is canceled can be tried again, but not while it is being canceled.
func TestRetryOfACanceledRun(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	site.Flow("held", held(""))
	site.Start()
	site.Send(testenv.Write(t, testenv.Object{})...)
	id := string(site.Run("held", "running", testenv.Running(1)).ID)
	mentions(t, acts(t, site, 1, "retry", id), "cannot go from running to pending", "raddeploy cancel "+id[:8])
	resume, err := site.Backend().Stall()
	if err != nil {
		t.Fatal(err)
	}
	acts(t, site, 0, "cancel", id)
	mentions(t, acts(t, site, 1, "retry", id), "wait until it is canceled")
	if err := resume(); err != nil {
		t.Fatal(err)
	}
	site.Ended("held", run.Canceled)
	acts(t, site, 0, "retry", id)
	r := site.Run("held", "running again", testenv.Running(1))
	attempted(t, r.Tasks[0].Attempts, 2)
	acts(t, site, 0, "cancel", id)
	site.Ended("held", run.Canceled)
}
