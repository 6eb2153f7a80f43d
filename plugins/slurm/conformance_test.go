package slurm

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/clustertest"
	"github.com/raddeploy/raddeploy/sdk/conformance"
)

// The program, as the agent launches it, on a real cluster, with real
// containers. The nodes see the agent's folders under another name, and the
// agent sees late what they write.
func TestConformance(t *testing.T)       { conforms(t, "charliecloud", "ch-run", false) }
func TestConformanceOfRunc(t *testing.T) { conforms(t, "oci", "runc", true) }

// conforms runs the suite with a launcher, with outputs that are written where
// they belong or are moved there at the end.
func conforms(t *testing.T, launcher, runtime string, staged bool) {
	t.Helper()
	t.Parallel()
	c := clustertest.New(t, 2)
	sitetest.NeedRegistry(t)
	if _, err := exec.LookPath(runtime); err != nil {
		sitetest.Need(t, "no %s: run make services (%v)", runtime, err)
	}
	program := filepath.Join(t.TempDir(), "raddeploy-executor-slurm")
	if out, err := exec.Command("go", "build", "-o", program, "./cmd/raddeploy-executor-slurm").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	agent, nodes := shared(t, c.Dir)
	for _, name := range []string{"work", "tasks"} {
		if err := os.Mkdir(filepath.Join(nodes, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	config := func(conf string) []byte {
		text, err := json.Marshal(map[string]any{
			"launcher": launcher, "slurm_conf": conf, "work_dir": filepath.Join(agent, "work"), "path_map": map[string]string{agent: nodes},
			"insecure_registries": []string{sitetest.Registry}, "poll": "0.5s", "submit_rate": 50, "stage_outputs": staged,
		})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	conformance.Suite{
		Program: program,
		Env:     []string{"HOME=" + os.Getenv("HOME"), "PATH=" + os.Getenv("PATH")},
		Dir:     filepath.Join(agent, "tasks"),
		Image:   sitetest.Registry + "/busybox:latest",
		Config:  config(c.Conf),
		Absent:  config("/nowhere/slurm.conf"),
		// A busy machine may take half a minute to schedule a job and to start
		// its container.
		Patience: 2 * time.Minute,
		Parallel: 8, // most cases wait, for the cluster
		Stall: func(context.Context) (func() error, error) {
			c.KillController()
			return sync.OnceValue(func() error { c.StartController(); return nil }), nil
		},
	}.Run(t)
}

// stale is how long the agent's host goes by what it saw of a file, as hosts do
// with a file system of the network.
const stale = 5 * time.Second

// shared is a folder as this host sees it, through a file system that keeps
// attributes and names, missing ones too, and as the nodes see it.
func shared(t *testing.T, dir string) (agent, nodes string) {
	t.Helper()
	agent, nodes = filepath.Join(dir, "agent"), filepath.Join(dir, "nodes")
	for _, name := range []string{agent, nodes} {
		if err := os.Mkdir(name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	keep := fmt.Sprintf("attr_timeout=%[1]v,entry_timeout=%[1]v,negative_timeout=%[1]v", stale.Seconds())
	if out, err := exec.Command("bindfs", "-o", keep, nodes, agent).CombinedOutput(); err != nil {
		sitetest.Need(t, "no bindfs, which mounts a folder as a network's file system: run make services (%v: %s)", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "--lazy", agent).CombinedOutput(); err != nil {
			t.Errorf("umount %s: %v: %s", agent, err, out)
		}
	})
	return agent, nodes
}
