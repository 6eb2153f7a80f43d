// Package enginetest runs a Docker engine of a test's own, which the test may
// stop, kill and start again without harm to the machine's engine. It needs
// root, dockerd, and an engine to copy the tests' image from; without them the
// test is skipped, or fails under CI. It is no part of any program.
package enginetest

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/api"
	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
)

// Engine is a Docker engine with data, sockets and a network of its own.
type Engine struct {
	Dir     string // all that it has
	t       testing.TB
	process *exec.Cmd // nil: it does not run
}

// New starts an engine with dockerd's options, which holds the image
// [sitetest.Busybox]. It is removed when the test ends.
func New(t testing.TB, options ...string) *Engine {
	t.Helper()
	if _, err := exec.LookPath("dockerd"); err != nil || os.Geteuid() != 0 {
		sitetest.Need(t, "cannot run a docker engine as user %d: run make services (%v)", os.Geteuid(), err)
	}
	if out, err := exec.Command("docker", "-H", machines(), "image", "inspect", sitetest.Busybox).CombinedOutput(); err != nil {
		sitetest.Need(t, "no docker with %s: run make services (%v: %s)", sitetest.Busybox, err, out)
	}
	dir, err := os.MkdirTemp("", "rd") // short: it holds sockets
	if err != nil {
		t.Fatal(err)
	}
	e := &Engine{Dir: dir, t: t}
	t.Cleanup(e.remove)
	e.Start(options...)
	copied := exec.Command("sh", "-c", "docker -H "+machines()+" save "+sitetest.Busybox+" | docker -H "+e.Endpoint()+" load")
	if out, err := copied.CombinedOutput(); err != nil {
		t.Fatalf("copy the image: %v: %s", err, out)
	}
	return e
}

// machines is where the machine's engine is: where docker's own command would
// look for it.
func machines() string { return cmp.Or(os.Getenv("DOCKER_HOST"), "unix:///var/run/docker.sock") }

// Endpoint is where the engine answers.
func (e *Engine) Endpoint() string { return "unix://" + e.in("docker.sock") }

func (e *Engine) in(name string) string { return filepath.Join(e.Dir, name) }

// Start starts the engine after it was stopped or killed, with dockerd's
// options, and waits until it answers.
func (e *Engine) Start(options ...string) {
	e.t.Helper()
	// one that was killed leaves the ids of its processes, which others may have now
	for _, pid := range []string{"pid", "exec/containerd/containerd.pid"} {
		if err := os.Remove(e.in(pid)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			e.t.Fatal(err)
		}
	}
	log, err := os.OpenFile(e.in("log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		e.t.Fatal(err)
	}
	defer log.Close()
	e.process = exec.Command("dockerd", append([]string{"-H", e.Endpoint(), "--data-root", e.in("data"), "--exec-root", e.in("exec"), "--pidfile", e.in("pid"),
		"--bridge=none", "--iptables=false", "--shutdown-timeout=1"}, options...)...)
	e.process.Stdout, e.process.Stderr = log, log
	// --bridge=none deletes a bridge docker0, whosever it is
	e.process.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if err := e.process.Start(); err != nil {
		e.t.Fatal(err)
	}
	client, err := api.New(api.Endpoint{Address: e.Endpoint()})
	if err != nil {
		e.t.Fatal(err)
	}
	defer client.Close()
	for deadline := time.Now().Add(2 * time.Minute); client.Ping(e.t.Context()) != nil; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(e.in("log"))
			e.t.Fatalf("the docker engine does not answer:\n%s", text)
		}
	}
}

// Stop ends the engine in order; without live restore its containers end too.
func (e *Engine) Stop() { e.end(syscall.SIGTERM) }

// Kill ends the engine, and with it the containerd that it has started, as the
// kernel ends what takes too much memory. Its containers go on.
func (e *Engine) Kill() { e.end(syscall.SIGKILL) }

// KillContainers kills the containers of an engine that is away, and before them
// what watches them for it.
func (e *Engine) KillContainers() {
	e.t.Helper()
	script := `for shim in $(pgrep -f "^[^ ]*containerd-shim.* -address $1/"); do inside=$(pgrep -P "$shim"); kill -9 "$shim" $inside; done`
	if out, err := exec.Command("sh", "-c", script, "sh", e.in("exec")).CombinedOutput(); err != nil {
		e.t.Fatalf("kill containers: %v: %s", err, out)
	}
}

func (e *Engine) end(signal syscall.Signal) {
	if e.process == nil {
		return
	}
	_ = e.process.Process.Signal(signal)
	_ = e.process.Wait()
	e.process = nil
}

// Holds names all containers and labelled volumes that the engine has. One that
// is killed after it has made a volume and before it has written its labels has
// lost them: then nobody can tell whose the volume is.
func (e *Engine) Holds() (all []string) {
	e.t.Helper()
	for _, list := range [][]string{{"ps", "--all", "--format", "container {{.Names}} {{.Status}}"}, {"volume", "ls", "--format", "volume {{.Name}} ({{.Labels}})"}} {
		out, err := exec.Command("docker", append([]string{"-H", e.Endpoint()}, list...)...).CombinedOutput()
		if err != nil {
			e.t.Fatalf("docker %v: %v: %s", list, err, out)
		}
		for line := range strings.Lines(string(out)) {
			if line = strings.TrimSpace(line); !strings.HasSuffix(line, " ()") {
				all = append(all, line)
			}
		}
	}
	return all
}

func (e *Engine) remove() {
	if e.process != nil { // what a failed test has left would outlive it
		script := "docker -H " + e.Endpoint() + " ps --all --quiet | xargs -r docker -H " + e.Endpoint() + " rm --force --volumes"
		_ = exec.Command("sh", "-c", script).Run()
	}
	e.Stop()
	// the engine mounts it on itself
	_ = exec.Command("umount", "--recursive", "--lazy", e.in("data")).Run()
	_ = exec.Command("sh", "-c", "umount --lazy "+e.in("exec/netns/*")).Run()
	if err := os.RemoveAll(e.Dir); err != nil {
		e.t.Errorf("clean up: %v", err)
	}
}
