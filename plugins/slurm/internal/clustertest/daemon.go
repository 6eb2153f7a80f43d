package clustertest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// daemon is one process of the cluster.
type daemon struct {
	cmd  *exec.Cmd
	done chan struct{}
}

// StartController starts the controller and waits until it answers.
func (c *Cluster) StartController() {
	c.t.Helper()
	c.start(controller, "slurmctld", "-D", "-f", c.Conf)
	c.Wait("the controller answers", func() bool {
		out, err := c.Command("scontrol", "ping").Output()
		return err == nil && strings.Contains(string(out), "is UP")
	})
}

// KillController ends the controller at once, as a crash would.
func (c *Cluster) KillController() { c.kill(controller) }

// StartNode starts a node's slurmd.
func (c *Cluster) StartNode(name string) {
	c.t.Helper()
	c.start(name, "slurmd", "-D", "-N", name, "-f", c.Conf)
}

// KillNode ends a node's slurmd at once. Its jobs run on.
func (c *Cluster) KillNode(name string) { c.kill(name) }

// KillJob ends every process of a job but its slurmstepd, which tells Slurm. It
// tells how many there were.
func (c *Cluster) KillJob(id string) (killed int) {
	_, others := c.processesOf(id)
	return kill(others)
}

// LoseJob ends every process of a job as the loss of its node would: its
// slurmstepd first, so that Slurm hears nothing. It tells how many there were.
func (c *Cluster) LoseJob(id string) (killed int) {
	own, others := c.processesOf(id)
	return kill(append(own, others...))
}

// processesOf finds the slurmstepd of a job, and its other processes.
func (c *Cluster) processesOf(id string) (own, others []int) {
	for _, pid := range processes() {
		environ, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
		if !strings.Contains(string(environ), "SLURM_JOB_ID="+id+"\x00") || !strings.Contains(string(environ), "SLURM_CONF="+c.Conf+"\x00") {
			continue
		}
		if parent := parentOf(pid); strings.HasPrefix(commandOf(parent), "slurmstepd") {
			own = []int{parent}
		}
		others = append(others, pid)
	}
	return own, others
}

func kill(pids []int) (killed int) {
	for _, pid := range pids {
		if syscall.Kill(pid, syscall.SIGKILL) == nil {
			killed++
		}
	}
	return killed
}

func processes() (pids []int) {
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

func commandOf(pid int) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return string(text)
}

// parentOf reads the parent of a process, which stands behind its name in
// brackets and its state.
func parentOf(pid int) (parent int) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if _, rest, found := strings.Cut(string(text), ") "); found {
		if fields := strings.Fields(rest); len(fields) > 1 {
			parent, _ = strconv.Atoi(fields[1])
		}
	}
	return parent
}

func (c *Cluster) start(name, program string, args ...string) {
	c.t.Helper()
	log, err := os.OpenFile(c.log(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		c.t.Fatal(err)
	}
	defer log.Close()
	cmd := c.Command(program, args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	d := &daemon{cmd: cmd, done: make(chan struct{})}
	go func() {
		defer close(d.done)
		_ = cmd.Wait()
	}()
	c.daemons[name] = d
}

func (c *Cluster) kill(name string) {
	if d := c.daemons[name]; d != nil {
		_ = syscall.Kill(-d.cmd.Process.Pid, syscall.SIGKILL)
		<-d.done
		delete(c.daemons, name)
	}
}

func (c *Cluster) stopAll() {
	if c.daemons[controller] != nil { // without one scancel would wait for it
		_ = c.Command("scancel", "--me", "--full", "--signal=KILL").Run()
	}
	for name := range c.daemons {
		if name != database {
			c.kill(name)
		}
	}
	c.kill(database) // last, so that nobody asks in vain
	if c.t.Failed() && testing.Verbose() {
		c.t.Log(c.logs())
	}
}

func (c *Cluster) log(name string) string { return filepath.Join(c.Dir, name+".log") }

func (c *Cluster) logs() string {
	var out strings.Builder
	for _, name := range append([]string{controller}, c.Nodes...) {
		text, _ := os.ReadFile(c.log(name))
		fmt.Fprintf(&out, "%s:\n%s\n", name, text[max(0, len(text)-1500):])
	}
	return out.String()
}
