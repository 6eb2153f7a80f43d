package launch_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/bash"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/launch"
)

// CDI counts a node's GPUs, so that podman is given those by which Slurm counts
// them, and not the job's own.
func TestPodmanIsGivenTheNodesGPUs(t *testing.T) {
	program := filepath.Join(t.TempDir(), "recorder")
	if err := os.WriteFile(program, []byte("#!/bin/bash\nprintf '%s\\n' \"$@\" | grep ^--device\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ env, want, message string }{
		{"SLURM_JOB_GPUS=2,3 CUDA_VISIBLE_DEVICES=0,1", "--device=nvidia.com/gpu=2 --device=nvidia.com/gpu=3", ""},
		{"CUDA_VISIBLE_DEVICES=1", "--device=nvidia.com/gpu=1", ""},
		{"", "", "no GPU"},
	} {
		n := newNode(t, launch.Config{Launcher: "podman", Program: program, Cache: "/shared"})
		n.scratch = t.TempDir()
		cmd := n.bash(n.launcher.Run(&launch.Container{Name: "a", Image: "/image", Command: []string{"true"}, GPUs: 2}))
		cmd.Env = append(cmd.Env, strings.Fields(row.env)...)
		out, err := cmd.Output()
		if got := strings.Join(strings.Fields(string(out)), " "); got != row.want || !strings.Contains(n.file("message"), row.message) {
			t.Errorf("%q: %q, %q (%v)", row.env, got, n.file("message"), err)
		}
		if code := code(cmd.ProcessState); row.message != "" && code != 125 {
			t.Errorf("%q: code %d", row.env, code)
		}
	}
}

// A container of podman or runc is none of the job's own processes: a job that
// is killed leaves it running, and Cleanup ends it.
func TestCleanupEndsWhatOutlivesItsJob(t *testing.T) {
	everywhere(t, func(t *testing.T, n *node) {
		ready := t.TempDir()
		c := job()
		c.Command = []string{"sh", "-c", "touch /ready/now; while :; do sleep 0.1; done; : " + c.Name}
		c.Mounts = []launch.Mount{{Source: bash.Quote(ready), Target: "/ready"}}
		left := func() string {
			out, _ := exec.CommandContext(t.Context(), "pgrep", "-fc", "^sh -c touch .*"+c.Name).Output()
			return strings.TrimSpace(string(out))
		}
		wait := n.start(c, func(p *os.Process) {
			waitFor(t, filepath.Join(ready, "now"))
			if err := p.Kill(); err != nil {
				t.Error(err)
			}
			if own := strings.Contains(t.Name(), "charliecloud") || strings.Contains(t.Name(), "apptainer"); !own && left() != "1" {
				t.Errorf("%s processes of the container are left, want its one", left())
			}
			if out, err := n.bash(n.launcher.Cleanup(c)).CombinedOutput(); err != nil {
				t.Errorf("cleanup: %v: %s", err, out)
			}
		})
		wait() // until nobody holds its output
		if left() != "0" {
			t.Errorf("%s processes of the container are left", left())
		}
	})
}
