package containerd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/engine"
	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
)

// daemon is a containerd of the test's own, which may be stopped and started.
type daemon struct {
	t       *testing.T
	folder  string
	process *exec.Cmd
}

func newDaemon(t *testing.T) *daemon {
	t.Helper()
	newSite(t, "") // there is a containerd to take the image from
	if _, err := exec.LookPath("containerd"); err != nil || os.Geteuid() != 0 {
		sitetest.Need(t, "cannot run a containerd: %v", err)
	}
	folder, err := os.MkdirTemp("", "rd") // short: it holds sockets
	if err != nil {
		t.Fatal(err)
	}
	d := &daemon{t: t, folder: folder}
	t.Cleanup(func() {
		d.stop()
		if err := os.RemoveAll(folder); err != nil {
			t.Errorf("clean up: %v", err)
		}
	})
	config := fmt.Sprintf("version = 2\nroot = %q\nstate = %q\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n[grpc]\n  address = %q\n"+
		"[plugins.\"io.containerd.internal.v1.opt\"]\n  path = %q\n", folder+"/root", folder+"/state", d.socket(), folder+"/opt")
	if err := os.WriteFile(filepath.Join(folder, "config.toml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	d.start()
	from := "ctr --address " + endpoint()[len("unix://"):] + " -n raddeploy images export - docker.io/library/" + sitetest.Busybox
	to := "ctr --address " + d.socket() + " -n raddeploy images import -"
	if out, err := exec.Command("sh", "-c", from+" | "+to).CombinedOutput(); err != nil {
		t.Fatalf("copy the image: %v: %s", err, out)
	}
	return d
}

func (d *daemon) socket() string { return filepath.Join(d.folder, "c.sock") }

func (d *daemon) start() {
	d.t.Helper()
	log, err := os.OpenFile(filepath.Join(d.folder, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		d.t.Fatal(err)
	}
	defer log.Close()
	d.process = exec.Command("containerd", "--config", filepath.Join(d.folder, "config.toml"))
	d.process.Stdout, d.process.Stderr = log, log
	if err := d.process.Start(); err != nil {
		d.t.Fatal(err)
	}
	way, err := engine.New(engine.Place{Socket: d.socket(), Namespace: "raddeploy"})
	if err != nil {
		d.t.Fatal(err)
	}
	defer way.Close()
	answers := func() bool { _, err := way.Ping(d.t.Context()); return err == nil }
	for deadline := time.Now().Add(time.Minute); !answers(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(filepath.Join(d.folder, "log"))
			d.t.Fatalf("containerd does not answer:\n%s", text)
		}
	}
}

func (d *daemon) stop() {
	if d.process == nil {
		return
	}
	_ = d.process.Process.Signal(syscall.SIGTERM)
	_ = d.process.Wait()
	d.process = nil
}

// TestContainerdIsRestarted proves that a watcher is told that nobody can tell
// now, and never a made-up end, and that processes do not notice.
func TestContainerdIsRestarted(t *testing.T) {
	t.Parallel()
	d := newDaemon(t)
	s := newSiteAt(t, "unix://"+d.socket(), "")
	out := s.Folder("out")
	script := func(name string) string {
		return "echo up; while [ ! -e /output/go ]; do sleep 0.1; done; echo done > /output/" + name + "; echo last; exit 5"
	}
	mount := sdk.Mount{Role: sdk.Output, Name: "dst", Source: out, Target: "/output"}
	outlives, endsMeanwhile := s.Task(script("one"), mount), s.Task("echo up; while [ ! -e /output/go2 ]; do sleep 0.1; done; echo done > /output/two; exit 6", mount)
	s.Start(outlives)
	s.Start(endsMeanwhile)
	s.Says(outlives.Attempt, "up\n")
	s.Says(endsMeanwhile.Attempt, "up\n")
	told := make(chan error, 1)
	go func() {
		told <- s.own().Watch(context.Background(), outlives.Attempt, func(e sdk.Event) error {
			if e.Exit != nil {
				t.Errorf("an end was told while containerd was away: %+v", e.Exit)
			}
			return nil
		})
	}()
	d.stop()
	if err := <-told; sdk.KindOf(err) != sdk.Unavailable {
		t.Errorf("the watcher was told %v", err)
	}
	if _, err := s.own().Start(t.Context(), s.Task("true")); sdk.KindOf(err) != sdk.Unavailable {
		t.Errorf("start: %v", err)
	}
	if _, err := s.own().List(t.Context()); sdk.KindOf(err) != sdk.Unavailable {
		t.Errorf("list: %v", err)
	}
	s.Folder("out", "go2", "")
	s.folderHas("out/two")
	d.start()
	if got := s.WatchAgain(endsMeanwhile.Attempt); got.Reason != sdk.Exited || got.Code != 6 {
		t.Errorf("what ended meanwhile: %+v", got.Exit)
	}
	s.Folder("out", "go", "")
	if got := s.WatchAgain(outlives.Attempt); got.Reason != sdk.Exited || got.Code != 5 {
		t.Errorf("what outlives it: %+v", got.Exit)
	}
	if got := s.Logs(outlives.Attempt, sdk.Stdout); got != "up\nlast\n" {
		t.Errorf("its output: %q", got)
	}
}

// folderHas waits until a task has written a file, where nobody can tell of it.
func (s *site) folderHas(name string) {
	s.T.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(s.Root, name)); err == nil {
			return
		}
		if time.Now().After(deadline) {
			s.T.Fatalf("%s does not come", name)
		}
	}
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	dead := filepath.Join(s.Root, "dead.sock")
	if err := os.WriteFile(dead, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		endpoint string
		want     sdk.Health
	}{
		"a containerd": {endpoint(), sdk.Healthy},
		"none":         {"unix:///no/such/socket", sdk.Undetected},
		"a dead one":   {"unix://" + dead, sdk.Unhealthy},
	} {
		config := &Config{}
		if found := sdk.Decode([]byte(`{"endpoint": "`+test.endpoint+`"}`), config); len(found) > 0 {
			t.Fatal(found)
		}
		e := New(config)
		defer e.Close()
		if err := e.Configure(t.Context(), sdk.Site{Name: "a", Instance: "b", WorkDir: s.Root, Roots: []string{s.Root}}); err != nil {
			t.Fatal(err)
		}
		var took time.Duration
		var got sdk.Fingerprint
		begun := time.Now()
		err := e.Fingerprint(t.Context(), func(f sdk.Fingerprint) error {
			if took == 0 {
				took = time.Since(begun)
			}
			if got = f; f.Health == test.want {
				return sitetest.ErrEnough
			}
			return nil // a busy machine may be slow to answer
		})
		if err != sitetest.ErrEnough || (got.Message == "") != (test.want == sdk.Healthy) || took > 2*time.Second {
			t.Errorf("%s: %+v after %v, %v", name, got, took, err)
		}
	}
}

// A plugin process that is killed while containerd makes a task leaves what the
// next process's own try meets. That is no failure of the task, unless it
// stays.
func TestAnEarlierStartIsInTheWay(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	a := &attempt{Attempt: attempts.New("a"), e: s.own(), blocked: time.Now().Add(-time.Hour)}
	left := errors.New("failed to start shim: mkdir /run/containerd/io.containerd.runtime.v2.task/raddeploy/a: file exists: unknown")
	if exit, err := a.unstarted(t.Context(), left); err != nil || exit == nil || exit.Reason != sdk.StartFailed {
		t.Errorf("when it stays: %+v, %v", exit, err)
	}
	if err := s.own().dropFolder("a"); err != nil {
		t.Error(err)
	}
}
