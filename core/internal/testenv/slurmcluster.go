package testenv

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// SlurmCluster is a Slurm cluster of a test's own, so that the test may stop its
// controller. Its slurm.conf is that of `make services`: two nodes with four
// GPUs each, which compute nothing.
type SlurmCluster struct {
	t          testing.TB
	dir        string
	controller *slurmDaemon // nil: stopped
	daemons    []*slurmDaemon
}

type slurmDaemon struct {
	command *exec.Cmd
	ended   chan error
	over    chan struct{}
}

// NewSlurmCluster starts a cluster and waits until its nodes take jobs. It ends
// with the test.
func NewSlurmCluster(t testing.TB) *SlurmCluster {
	t.Helper()
	for _, program := range []string{"slurmctld", "slurmd", "sbatch", "munge"} {
		Tool(t, program)
	}
	if os.Getuid() != 0 {
		Missing(t, "only root can start a Slurm cluster of two nodes")
	}
	dir, err := os.MkdirTemp("", "raddeploy-slurm-") // jobs of other users enter it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	c := &SlurmCluster{t: t, dir: dir}
	t.Cleanup(c.end)
	c.configure()
	c.StartController()
	for _, node := range []string{"n1", "n2"} {
		c.start("slurmd", "-D", "-N", node, "-f", c.conf())
	}
	Until(t, "two idle nodes", func() (bool, string) {
		nodes, err := c.Command("sinfo", "--noheader", "--Node", "--states=idle", "--format=%N %G").CombinedOutput()
		return err == nil && string(nodes) == "n1 gpu:4\nn2 gpu:4\n", string(nodes)
	})
	return c
}

// Setting is the setting of the plugin that names the cluster.
func (c *SlurmCluster) Setting() string { return fmt.Sprintf("slurm_conf = %q", c.conf()) }

// Command is a command of Slurm for this cluster.
func (c *SlurmCluster) Command(name string, args ...string) *exec.Cmd {
	command := exec.Command(name, args...)
	command.Env = append(os.Environ(), "SLURM_CONF="+c.conf())
	return command
}

// StartController starts slurmctld and waits until it answers.
func (c *SlurmCluster) StartController() {
	c.t.Helper()
	c.controller = c.start("slurmctld", "-D", "-f", c.conf())
	Until(c.t, "the controller to answer", func() (bool, string) {
		said, err := c.Command("scontrol", "ping").CombinedOutput()
		return err == nil && strings.Contains(string(said), "is UP"), string(said)
	})
}

// StopController stops slurmctld in order. Jobs go on.
func (c *SlurmCluster) StopController() {
	c.t.Helper()
	if err := c.controller.command.Process.Signal(syscall.SIGTERM); err != nil {
		c.t.Fatal(err)
	}
	if err := inTime(c.controller.ended); err != nil {
		c.t.Fatalf("slurmctld: %v", err)
	}
	c.controller = nil
}

func (c *SlurmCluster) conf() string { return filepath.Join(c.dir, "slurm.conf") }

// configure writes the files of `make services`, on ports and in a folder of the
// cluster's own.
func (c *SlurmCluster) configure() {
	c.t.Helper()
	root, err := Root()
	if err != nil {
		c.t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "scripts", "services", "slurm.conf.in"))
	if err != nil {
		c.t.Fatal(err)
	}
	host, err := os.Hostname()
	if err != nil {
		c.t.Fatal(err)
	}
	host, _, _ = strings.Cut(host, ".")
	ports := []int{FreePort(c.t), FreePort(c.t), FreePort(c.t)}
	own := strings.NewReplacer("@HOST@", host, "@MEMORY@", "8000", "@GPUS@", "4", "/var/lib/raddeploy-slurm", c.dir,
		"SlurmUser=slurm", fmt.Sprintf("SlurmUser=root\nSlurmctldPort=%d", ports[0]),
		"Port=6818", fmt.Sprint("Port=", ports[1]), "Port=6828", fmt.Sprint("Port=", ports[2])).Replace(string(text))
	for _, folder := range []string{"controller", "n1", "n2"} {
		if err := os.Mkdir(filepath.Join(c.dir, folder), 0o755); err != nil {
			c.t.Fatal(err)
		}
	}
	for n := range 4 {
		if err := os.Symlink("/dev/null", filepath.Join(c.dir, fmt.Sprint("gpu", n))); err != nil {
			c.t.Fatal(err)
		}
	}
	gres := fmt.Sprintf("Name=gpu File=%s/gpu[0-3]\n", c.dir)
	for name, text := range map[string]string{"slurm.conf": own, "gres.conf": gres} {
		if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o644); err != nil {
			c.t.Fatal(err)
		}
	}
}

// start starts a daemon.
func (c *SlurmCluster) start(program string, args ...string) *slurmDaemon {
	c.t.Helper()
	log, err := os.OpenFile(filepath.Join(c.dir, program+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		c.t.Fatal(err)
	}
	defer log.Close()
	d := &slurmDaemon{command: c.Command(program, args...), ended: make(chan error, 1), over: make(chan struct{})}
	d.command.Stdout, d.command.Stderr = log, log
	d.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := d.command.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.daemons = append(c.daemons, d)
	go func() {
		defer close(d.over)
		d.ended <- d.command.Wait()
	}()
	return d
}

// end ends the jobs first: without a node and a controller nobody could.
func (c *SlurmCluster) end() {
	if len(c.daemons) > 1 {
		c.cancelJobs()
	}
	for _, d := range c.daemons {
		select {
		case <-d.over: // its process id may be another's by now
		default:
			_ = syscall.Kill(-d.command.Process.Pid, syscall.SIGKILL)
			<-d.over
		}
	}
}

// cancelJobs ends what a failed test has left, and waits until it has ended:
// what runs would outlive the nodes.
func (c *SlurmCluster) cancelJobs() {
	if c.controller == nil {
		c.controller = c.start("slurmctld", "-D", "-f", c.conf())
	}
	var said []byte
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		_ = c.Command("timeout", "10", "scancel", "--me", "--full", "--signal=KILL").Run()
		var err error
		said, err = c.Command("timeout", "10", "squeue", "--noheader", "--states=RUNNING,COMPLETING").CombinedOutput()
		if err == nil && len(said) == 0 {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	c.t.Errorf("the cluster's jobs cannot be ended: %s", said)
}
