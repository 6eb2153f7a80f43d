// Package clustertest starts Slurm clusters for tests: a controller and nodes
// of its own, all on this machine, on free ports and with folders that go away
// with the test. So a test may kill any of them and disturbs no other. How many
// nodes comes in; a slurm.conf whose cluster answers comes out. Only munge is
// shared with the machine. Nothing but tests may import it.
package clustertest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
)

// Cluster is a running cluster.
type Cluster struct {
	Conf  string   // path of its slurm.conf
	Dir   string   // a folder for files of tests, which the nodes see
	Nodes []string // names

	t       testing.TB
	daemons map[string]*daemon
}

const controller = "slurmctld"

// New starts a cluster of n nodes without accounting, with lines added to its
// slurm.conf. Each node says that it has 64 CPUs. The test is skipped where
// there is no Slurm, or fails with CI=true.
func New(t testing.TB, n int, lines ...string) *Cluster {
	t.Helper()
	c := prepare(t)
	c.begin(n, append([]string{noAccounts}, lines...))
	return c
}

// WithGPUs starts a cluster as [New] does, whose nodes have one GPU each, of
// the type a100. It is a device of the kernel that computes nothing.
func WithGPUs(t testing.TB, n int, lines ...string) *Cluster {
	t.Helper()
	c := prepare(t)
	if err := os.WriteFile(filepath.Join(c.Dir, "gres.conf"), []byte("Name=gpu Type=a100 File=/dev/null\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	c.begin(n, append([]string{noAccounts, "GresTypes=gpu", "NodeName=DEFAULT Gres=gpu:a100:1"}, lines...))
	return c
}

// WithMemoryLimits starts a cluster as [New] does, whose nodes hold jobs to the
// memory that these ask for, by control groups. Those of v2 are systemd's, and the
// test is skipped where the host has no others.
func WithMemoryLimits(t testing.TB, n int, lines ...string) *Cluster {
	t.Helper()
	if _, err := os.Stat("/sys/fs/cgroup/memory/cgroup.procs"); err != nil {
		t.Skipf("no control groups v1, which Slurm can use without systemd: %v", err)
	}
	c := prepare(t)
	const limits = "CgroupPlugin=cgroup/v1\nCgroupAutomount=no\nConstrainRAMSpace=yes\nConstrainSwapSpace=yes\nAllowedSwapSpace=0\n"
	if err := os.WriteFile(filepath.Join(c.Dir, "cgroup.conf"), []byte(limits), 0o644); err != nil {
		t.Fatal(err)
	}
	c.begin(n, append([]string{noAccounts, "TaskPlugin=task/cgroup", "ProctrackType=proctrack/linuxproc"}, lines...))
	return c
}

const noAccounts = "AccountingStorageType=accounting_storage/none"

// prepare makes a cluster's folder, on a machine that has Slurm and further
// programs.
func prepare(t testing.TB, further ...string) *Cluster {
	t.Helper()
	need(t, append([]string{"slurmctld", "slurmd", "sbatch", "munge"}, further...))
	// short, and open to every user, unlike t.TempDir
	dir, err := os.MkdirTemp("", "raddeploy-slurm-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	c := &Cluster{Conf: filepath.Join(dir, "slurm.conf"), Dir: dir, t: t, daemons: map[string]*daemon{}}
	t.Cleanup(c.stopAll)
	return c
}

// begin starts the controller and the nodes, and waits until these take jobs.
func (c *Cluster) begin(n int, lines []string) {
	c.t.Helper()
	c.write(ports(c.t, n+1), lines)
	c.StartController()
	for _, node := range c.Nodes {
		c.StartNode(node)
	}
	c.Wait("all nodes take jobs", func() bool {
		out, err := c.Command("sinfo", "--noheader", "--Node", "--states=idle", "--format=%N").Output()
		nodes := map[string]bool{} // each has a line for each of its partitions
		for _, node := range strings.Fields(string(out)) {
			nodes[node] = true
		}
		return err == nil && len(nodes) == n
	})
}

// need skips a test that cannot run here, or fails it where it has to.
func need(t testing.TB, programs []string) {
	t.Helper()
	problem := ""
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			problem = program + " is not installed"
		}
	}
	if os.Getuid() != 0 {
		problem = "only root can start a cluster of several nodes"
	} else if err := exec.CommandContext(t.Context(), "munge", "-n").Run(); problem == "" && err != nil {
		problem = "munge does not answer"
	}
	if problem != "" {
		sitetest.Need(t, "no slurm: run make services (%s)", problem)
	}
}

func (c *Cluster) write(ports []int, lines []string) {
	host, err := os.Hostname()
	if err != nil {
		c.t.Fatal(err)
	}
	host, _, _ = strings.Cut(host, ".")
	conf := fmt.Sprintf(template, host, ports[0], c.Dir)
	if slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, "TaskPlugin=") }) {
		conf = strings.NewReplacer("ProctrackType=proctrack/linuxproc\n", "", "TaskPlugin=task/none\n", "").Replace(conf)
	}
	if !slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, "MessageTimeout=") }) {
		lines = append(lines, "MessageTimeout=60") // of a busy machine
	}
	conf += strings.Join(append(lines, ""), "\n")
	c.Nodes = nil
	for i, port := range ports[1:] {
		node := fmt.Sprintf("t%d", i+1)
		c.Nodes = append(c.Nodes, node)
		conf += fmt.Sprintf("NodeName=%s NodeHostname=%s NodeAddr=127.0.0.1 Port=%d CPUs=64 RealMemory=64000 State=UNKNOWN\n", node, host, port)
		if err := os.MkdirAll(filepath.Join(c.Dir, "spool", node), 0o755); err != nil {
			c.t.Fatal(err)
		}
	}
	conf += "PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP\n"
	if err := os.MkdirAll(filepath.Join(c.Dir, "state"), 0o755); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(c.Conf, []byte(conf), 0o644); err != nil {
		c.t.Fatal(err)
	}
}

const template = `ClusterName=test
SlurmctldHost=%[1]s(127.0.0.1)
SlurmctldPort=%[2]d
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
StateSaveLocation=%[3]s/state
SlurmdSpoolDir=%[3]s/spool/%%n
SlurmctldPidFile=%[3]s/slurmctld.pid
SlurmdPidFile=%[3]s/%%n.pid
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=sched_min_interval=0
DefMemPerCPU=64
ReturnToService=2
KillWait=2
SlurmdTimeout=60
MaxJobCount=20000
`

// Command is a command of Slurm for this cluster.
func (c *Cluster) Command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "SLURM_CONF="+c.Conf)
	return cmd
}

// Wait waits a minute at most until something holds, which is asked ten times a
// second.
func (c *Cluster) Wait(what string, holds func() bool) {
	c.t.Helper()
	c.WaitUpTo(time.Minute, what, holds)
}

// WaitUpTo waits until something holds.
func (c *Cluster) WaitUpTo(limit time.Duration, what string, holds func() bool) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			c.t.Fatalf("slurm: after %v it does not hold that %s; logs:\n%s", limit, what, c.logs())
		}
	}
}

// ports finds ports that nobody listens on. They are none of those that the system gives
// to connections, so that hardly anybody takes one before the daemon does.
func ports(t testing.TB, n int) []int {
	t.Helper()
	var found []int
	for range 1000 {
		if len(found) == n {
			return found
		}
		port := 12000 + rand.N(20000)
		l, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
		if err != nil {
			continue
		}
		defer l.Close()
		found = append(found, port)
	}
	t.Fatal("no port is free")
	return nil
}
