package launch_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/launch"
	"github.com/raddeploy/raddeploy/sdk"
)

const busybox = sitetest.Registry + "/" + sitetest.Busybox

// node is a stand-in for a node of a cluster: it runs what a launcher writes,
// as a job script does.
type node struct {
	t        *testing.T
	launcher launch.Launcher
	scratch  string
	uid      uint32 // who jobs run as
}

// result is the end of a container.
type result struct {
	code           int
	stdout, stderr string
	message        string
	oom            bool
}

// real lists the launchers that run here, each with the program it needs.
var real = []struct{ name, program string }{{"oci", "runc"}, {"charliecloud", "ch-run"}, {"podman", "podman"}, {"apptainer", "apptainer"}}

// everywhere runs a test with every launcher that can be run for real.
func everywhere(t *testing.T, test func(t *testing.T, n *node)) {
	for _, l := range real {
		_, err := exec.LookPath(l.program)
		if err != nil && l.name == "apptainer" {
			t.Log("apptainer is not tried: Debian does not package it; a stand-in tests its command lines")
			continue
		}
		t.Run(l.name, func(t *testing.T) {
			need(t, err, l.program)
			sitetest.NeedRegistry(t)
			config := launch.Config{Launcher: l.name, Cache: cache(t), Insecure: []string{sitetest.Registry}}
			if l.name == "podman" {
				config.Args = []string{"--runtime=runc", "--root=" + filepath.Join(short(t), "root"), "--storage-driver=vfs"}
				config.Insecure = []string{sitetest.Registry}
			}
			test(t, newNode(t, config))
		})
	}
}

func newNode(t *testing.T, config launch.Config) *node {
	t.Helper()
	l, err := launch.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return &node{t: t, launcher: l}
}

// need skips a test whose service is missing, or fails it where it must be there.
func need(t *testing.T, err error, what string) {
	t.Helper()
	if err == nil && os.Getuid() != 0 {
		err = errors.New("only root may")
	}
	if err != nil {
		sitetest.Need(t, "%s is not there, run make services: %v", what, err)
	}
}

// short is a temporary folder with a short path.
func short(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "launch-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil { // other users look into it
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if out, err := exec.CommandContext(context.WithoutCancel(t.Context()), "rm", "-rf", dir).CombinedOutput(); err != nil {
			t.Errorf("remove %s: %v: %s", dir, err, out)
		}
	})
	return dir
}

// cache is a folder of images that is empty.
func cache(t *testing.T) string { return filepath.Join(short(t), "cache") }

// job is what a container is given, unless a test says otherwise.
func job(command ...string) *launch.Container {
	return &launch.Container{Name: "launch-test-" + time.Now().UTC().Format("150405.000000000"), Image: busybox, Command: command}
}

// run runs a container to its end.
func (n *node) run(c *launch.Container) result {
	n.t.Helper()
	return n.start(c)()
}

// start runs a container and returns what waits for its end. Begun is called
// with its process when it is there.
func (n *node) start(c *launch.Container, begun ...func(*os.Process)) func() result {
	n.t.Helper()
	fetched, warning, err := n.launcher.Fetch(n.t.Context(), c, func(sdk.Progress) {})
	if err != nil || warning != "" {
		n.t.Fatal(err, warning)
	}
	c.Fetched = fetched
	n.scratch = short(n.t)
	if out, err := n.bash(n.launcher.Prepare(c)).CombinedOutput(); err != nil || len(out) > 0 {
		n.t.Fatalf("prepare: %v: %s: %s", err, out, n.file("message"))
	}
	command := n.bash(n.launcher.Run(c))
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Start(); err != nil {
		n.t.Fatal(err)
	}
	for _, f := range begun {
		f(command.Process)
	}
	return func() result {
		n.t.Helper()
		var ended *exec.ExitError
		if err := command.Wait(); err != nil && !errors.As(err, &ended) {
			n.t.Fatal(err)
		}
		if out, err := n.bash(n.launcher.Cleanup(c)).CombinedOutput(); err != nil {
			n.t.Errorf("cleanup: %v: %s", err, out)
		}
		_, err := os.Stat(filepath.Join(n.scratch, "oom"))
		return result{code(command.ProcessState), stdout.String(), stderr.String(), n.file("message"), err == nil}
	}
}

// code is the exit code as a shell has it.
func code(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}

func (n *node) file(name string) string {
	text, _ := os.ReadFile(filepath.Join(n.scratch, name))
	return strings.TrimSpace(string(text))
}

// bash runs a piece of a job script.
func (n *node) bash(piece string) *exec.Cmd {
	f, err := os.CreateTemp(short(n.t), "piece")
	if err == nil {
		_, err = f.WriteString("set -u\n" + piece)
	}
	if err := errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		n.t.Fatal(err)
	}
	command := exec.CommandContext(n.t.Context(), "bash", f.Name())
	command.Dir = filepath.Dir(f.Name()) // where podman 4 leaves a file when memory is used up
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "RADDEPLOY_SCRATCH=" + filepath.Join(n.scratch, "s"),
		"RADDEPLOY_MESSAGE=" + filepath.Join(n.scratch, "message"), "RADDEPLOY_OOM=" + filepath.Join(n.scratch, "oom"), "SECRET_OF_THE_NODE=1"}
	_ = os.Mkdir(filepath.Join(n.scratch, "s"), 0o755)
	if n.uid != 0 {
		command.SysProcAttr = as(n.uid)
		_ = os.Chown(n.scratch, int(n.uid), -1)
		_ = os.Chown(filepath.Join(n.scratch, "s"), int(n.uid), -1)
	}
	return command
}
