package slurm

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/clustertest"
	"github.com/raddeploy/raddeploy/sdk/conformance"
)

// The program, as the agent launches it, on a real cluster, with real containers. The nodes see the agent's folders under another name.
func TestConformance(t *testing.T)       { conforms(t, "charliecloud", "ch-run", false) }
func TestConformanceOfRunc(t *testing.T) { conforms(t, "oci", "runc", true) }

// conforms runs the suite with a launcher, with outputs that are written where they belong or are moved there at the end.
func conforms(t *testing.T, launcher, runtime string, staged bool) {
	t.Helper()
	c := clustertest.New(t, 2)
	sitetest.NeedRegistry(t)
	if _, err := exec.LookPath(runtime); err != nil {
		sitetest.Need(t, "no %s: run make services (%v)", runtime, err)
	}
	program := filepath.Join(t.TempDir(), "raddeploy-executor-slurm")
	if out, err := exec.Command("go", "build", "-o", program, "./cmd/raddeploy-executor-slurm").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	agent, nodes := filepath.Join(c.Dir, "agent"), filepath.Join(c.Dir, "nodes")
	for _, dir := range []string{filepath.Join(agent, "work"), filepath.Join(agent, "tasks")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(agent, nodes); err != nil {
		t.Fatal(err)
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
		// A busy machine may take half a minute to schedule a job and to start its container.
		Patience: 2 * time.Minute,
	}.Run(t)
}
