package clustertest

import (
	"strings"
	"testing"
)

func TestNodesRunJobs(t *testing.T) {
	t.Parallel()
	c := New(t, 2)
	for _, node := range c.Nodes {
		out, err := c.Command("srun", "--nodelist="+node, "printenv", "SLURMD_NODENAME").CombinedOutput()
		if err != nil || strings.TrimSpace(string(out)) != node {
			t.Errorf("on %s: %q, %v", node, out, err)
		}
	}
}
