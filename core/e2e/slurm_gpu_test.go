package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// The cluster's controller stops while one task has the site's only slot there,
// and another one waits for it with GPUs of the cluster. The agent is stopped
// and started meanwhile, and knows nothing of the cluster's GPUs then. When the
// controller is back, all tasks run once, with the GPUs that they want.
func TestControllerStopsWhileATaskWaitsForGPUs(t *testing.T) {
	t.Parallel()
	cluster := testenv.NewSlurmCluster(t)
	site := programs.NewSite(t, replace(t, testenv.Slurm(t, cluster.Setting()), "{\nconfig", "{\ncpus = 1\nconfig"))
	flows := []struct {
		name, modality string
		gpus           int
		sees           string
	}{{"first", "CT", 1, "0"}, {"second", "MR", 2, "0,1"}, {"third", "PT", 4, "0,1,2,3"}, {"fourth", "US", 1, "0"}}
	for _, f := range flows {
		text := strings.NewReplacer("Modality: CT", "Modality: "+f.modality, "echo begun", "echo begun $CUDA_VISIBLE_DEVICES",
			"    network_disabled", fmt.Sprintf("    gpu: %d\n    network_disabled", f.gpus)).Replace(gated("open", ""))
		site.Flow(f.name, text)
	}
	site.Flow("too-many", strings.NewReplacer("Modality: CT", "Modality: NM", "    network_disabled", "    gpu: 5\n    network_disabled").
		Replace(gated("open", "")))
	site.Static("gate", "gate", "")
	send := func(modality string) { site.Send(testenv.Write(t, testenv.Object{Modality: modality})...) }

	site.StartProgram()
	send("CT")
	site.Run("first", "running", testenv.Running(1))
	send("MR")
	waits(site, "second", "waits for a free CPU slot")
	cluster.StopController()
	const away = "cluster: the cluster's controller does not answer"
	waits(site, "second", away)
	send("PT")
	waits(site, "third", away)
	site.Stop()
	site.LaunchProgram()
	send("US")
	waits(site, "fourth", away)
	waits(site, "second", away)
	send("NM")
	waits(site, "too-many", away)

	cluster.StartController()
	if r := site.Ended("too-many", run.Failed); !strings.Contains(r.Reason, "it wants 5 GPU") {
		t.Errorf("a task that wants more than a node has: %s", r.Reason)
	}
	site.Static("gate", "open", "")
	for _, f := range flows {
		r := site.Ended(f.name, run.Done)
		if n := len(r.Tasks[0].Attempts); n != 1 {
			t.Errorf("%s took %d tries, want one: %s", f.name, n, testenv.Describe(r))
		}
		if said := printed(t, site, r); said != "begun "+f.sees+"\nover\n" {
			t.Errorf("%s printed %q, want GPUs %s", f.name, said, f.sees)
		}
	}
}

// The cluster of `make services` has GPUs to ask for: validate finds nothing
// wrong with a flow that wants some, and `flow run` runs it there.
func TestCommandsAtAClusterWithGPUs(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Slurm(t))
	site.Flow("f", `
triggers: [{Modality: CT}]
models:
- image: 127.0.0.1:5000/busybox:latest
  gpu: 2
  command: sh -c 'echo $CUDA_VISIBLE_DEVICES | tr , "\n" | wc -l >/output/gpus'
  output_mounts: {dst: /output}
`)
	exits(t, 0, "validate", "-online", filepath.Join(site.Dir, "config"))
	code, said := flowRun(t, site, func(func() string) {})
	if text, err := os.ReadFile(filepath.Join(site.Dir, "results", "dst", "gpus")); code != 0 || err != nil || string(text) != "2\n" {
		t.Errorf("exit code %d, %q GPUs, %v:\n%s", code, text, err, said)
	}
}
