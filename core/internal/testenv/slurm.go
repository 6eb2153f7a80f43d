package testenv

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// Slurm is the executor block "cluster" of the Slurm cluster of this machine,
// whose nodes run containers with charliecloud, with further settings of the
// plugin. Without a cluster the test is skipped, or fails under CI.
func Slurm(t testing.TB, config ...string) string {
	t.Helper()
	nodes, err := Command(t, "sinfo", "--noheader", "--Node", "--format", "%N")
	if err != nil || len(strings.Fields(nodes)) < 2 {
		Missing(t, fmt.Sprintf("no Slurm cluster of two nodes: run make services (%v: %s)", err, nodes))
	}
	if _, err := exec.LookPath("ch-run"); err != nil {
		Missing(t, fmt.Sprintf("no charliecloud: run make services (%v)", err))
	}
	return fmt.Sprintf("executor \"slurm\" \"cluster\" {\nconfig {\nlauncher = \"charliecloud\"\nwork_dir = \"SITE/slurm\"\npoll = \"500ms\"\n%s\n}\n}",
		strings.Join(config, "\n"))
}

// ToRegistry brings an image of the Docker engine to the registry of this
// machine, and returns its name there.
func ToRegistry(t testing.TB, image string) string {
	t.Helper()
	there := "127.0.0.1:5000/" + image
	for _, command := range [][]string{{"docker", "tag", image, there}, {"docker", "push", "--quiet", there}} {
		if output, err := Command(t, command[0], command[1:]...); err != nil {
			Missing(t, fmt.Sprintf("no registry at 127.0.0.1:5000: run make services (%v: %s)", err, output))
		}
	}
	t.Cleanup(func() { CleanUp(t, "docker", "image", "rm", there) })
	return there
}
