package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/phantom"
	"github.com/raddeploy/raddeploy/core/run"
)

// The example's flow, unchanged but for its image, at a site with a Docker
// engine and a cluster: it goes to Docker, which stands first. The same with
// its model pinned to the cluster goes there. Both make the same segmentation.
func TestThresholdOnDockerAndSlurm(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Docker(t, 1), testenv.Slurm(t))
	image := testenv.ToRegistry(t, packed(t))
	site.Flow("threshold", thresholdFlow(t, image, ""))
	pinned := replace(t, thresholdFlow(t, image, "    executor: cluster\n"), "name: bone-threshold", "name: pinned")
	site.Flow("pinned", pinned)
	site.Start()
	series, err := phantom.Write(t.TempDir(), phantom.Options{Slices: 4, Size: 64})
	if err != nil {
		t.Fatal(err)
	}
	site.Send(series...)
	made := map[string]map[string]string{}
	for flow, executor := range map[string]string{"bone-threshold": "docker", "pinned": "cluster"} {
		r := site.Ended(flow, run.Done)
		if got := r.Tasks[0].Attempts[0].Executor; got != executor {
			t.Errorf("%s ran on %s, want %s", flow, got, executor)
		}
		made[executor] = bySource(t, output(t, site, r, 0, "dst"))
	}
	if diff := cmp.Diff(made["docker"], made["cluster"]); diff != "" || len(made["docker"]) != 1 {
		t.Errorf("%d segmentations; -docker +cluster:\n%s", len(made["docker"]), diff)
	}
}

// Ten folds of a model run on the cluster's nodes, on more than one of them,
// and a last model on Docker joins what they wrote. A fold lasts long enough for
// all of them to be submitted meanwhile on a busy machine: one node takes six.
func TestFoldsOverTheNodesOfACluster(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Docker(t, 1), testenv.Slurm(t))
	const folds = 10
	var models, inputs strings.Builder
	for n := range folds {
		fmt.Fprintf(&models, "  - name: fold%d\n    image: 127.0.0.1:5000/busybox:latest\n    executor: cluster\n    nano_cpus: 10000000000\n    command: sh -c 'sleep 10; ls /input | wc -l > /output/%d'\n"+
			"    input_mounts: {src: /input}\n    output_mounts: {fold%d: /output}\n", n, n, n)
		fmt.Fprintf(&inputs, "fold%d: /in/%d, ", n, n)
	}
	site.Flow("folds", "triggers: [{Modality: ^CT$}]\nmodels:\n"+models.String()+
		"  - name: join\n    image: busybox:latest\n    pull_before_exec: false\n    executor: docker\n    command: sh -c 'cat /in/*/* > /output/all'\n"+
		"    input_mounts: {"+strings.TrimSuffix(inputs.String(), ", ")+"}\n    output_mounts: {dst: /output}\n")
	site.Start()
	site.Send(testenv.Write(t, testenv.Object{})...)
	r := site.Ended("folds", run.Done)
	nodes := map[string]int{}
	for _, task := range r.Tasks[:folds] {
		last := task.Attempts[len(task.Attempts)-1]
		if len(task.Attempts) != 1 || last.Executor != "cluster" {
			t.Errorf("%s: %d attempts, on %s", task.Name, len(task.Attempts), last.Executor)
		}
		nodes[last.Exit.Node]++
	}
	if len(nodes) < 2 || nodes[""] > 0 {
		t.Errorf("the folds ran on %v", nodes)
	}
	text, err := os.ReadFile(filepath.Join(site.Files().Output(r.ID, folds, 1, "dst"), "all"))
	if err != nil || string(text) != strings.Repeat("1\n", folds) {
		t.Errorf("the last model wrote %q (%v)", text, err)
	}
}
