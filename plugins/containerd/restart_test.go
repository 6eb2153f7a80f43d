package containerd

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/api"
	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
)

// daemon is a containerd of the test's own, which may be stopped and started.
type daemon struct {
	t       *testing.T
	folder  string
	process *exec.Cmd
}

func newDaemon(t *testing.T) *daemon {
	t.Helper()
	openReal(t, "") // there is a containerd to take the image from
	if _, err := exec.LookPath("containerd"); err != nil || os.Geteuid() != 0 {
		sitetest.Need(t, "cannot run a containerd: %v", err)
	}
	folder, err := os.MkdirTemp("", "rd") // short: it holds sockets
	if err != nil {
		t.Fatal(err)
	}
	d := &daemon{t: t, folder: folder}
	t.Cleanup(func() {
		d.Stop()
		if err := os.RemoveAll(folder); err != nil {
			t.Errorf("clean up: %v", err)
		}
	})
	config := fmt.Sprintf("version = 2\nroot = %q\nstate = %q\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n[grpc]\n  address = %q\n"+
		"[plugins.\"io.containerd.internal.v1.opt\"]\n  path = %q\n", folder+"/root", folder+"/state", d.socket(), folder+"/opt")
	if err := os.WriteFile(filepath.Join(folder, "config.toml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	d.Start()
	from := "ctr --address " + socket() + " -n raddeploy images export - docker.io/library/" + sitetest.Busybox
	to := "ctr --address " + d.socket() + " -n raddeploy images import -"
	if out, err := exec.Command("sh", "-c", from+" | "+to).CombinedOutput(); err != nil {
		t.Fatalf("copy the image: %v: %s", err, out)
	}
	return d
}

func (d *daemon) socket() string { return filepath.Join(d.folder, "c.sock") }

func (d *daemon) Start() {
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
	way, err := api.New(api.Place{Socket: d.socket(), Namespace: "raddeploy"})
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

func (d *daemon) Stop() {
	if d.process == nil {
		return
	}
	_ = d.process.Process.Signal(syscall.SIGTERM)
	_ = d.process.Wait()
	d.process = nil
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	s := containerd.Site(t, "")
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
