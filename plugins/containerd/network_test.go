package containerd

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/sdk"
)

const addresses = "ip -4 -o addr | awk '{print $2, $4}'; cat /etc/hosts"

func TestNoNetwork(t *testing.T) {
	t.Parallel()
	for config, disabled := range map[string]bool{`{}`: false, `{"network": "host"}`: true} {
		s := newSite(t, config)
		task := s.Task(addresses)
		task.Container.NetworkDisabled = disabled
		s.Run(task)
		out := s.Logs(task.Attempt, sdk.Stdout)
		if first, _, _ := strings.Cut(out, "\n"); first != "lo 127.0.0.1/8" || !strings.Contains(out, "127.0.0.1\tlocalhost") || strings.Contains(out, "eth0") {
			t.Errorf("%s: %q %q", config, out, s.Logs(task.Attempt, sdk.Stderr))
		}
	}
}

func TestHostNetwork(t *testing.T) {
	t.Parallel()
	s := newSite(t, `{"network": "host"}`)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	answered := make(chan error, 1)
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			_, err = conn.Write([]byte("hello\n"))
			conn.Close()
		}
		answered <- err
	}()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	task := s.Task("nc 127.0.0.1 " + port + " < /dev/null")
	task.Container.NetworkDisabled = false
	if got := s.Run(task); s.Logs(task.Attempt, sdk.Stdout) != "hello\n" {
		t.Fatalf("%+v: %s", got.Exit, s.Logs(task.Attempt, sdk.Stderr))
	}
	if err := <-answered; err != nil {
		t.Error(err)
	}
}

// TestCNI connects a container to a network of the test's own, and sees that its address is free again when it has ended.
func TestCNI(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/usr/lib/cni/ptp"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no CNI plugins: run make services (%v)", err)
		}
		t.Skipf("no CNI plugins: run make services (%v)", err)
	}
	folder := t.TempDir()
	network := fmt.Sprintf(`{"cniVersion": "0.4.0", "name": "raddeploy-test", "plugins": [{"type": "ptp", "ipMasq": false,
		"ipam": {"type": "host-local", "subnet": "10.213.47.0/24", "dataDir": %q}}]}`, filepath.Join(folder, "addresses"))
	if err := os.WriteFile(filepath.Join(folder, "10-test.conflist"), []byte(network), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, `{"network": "cni", "cni_config_dir": "`+folder+`", "cni_plugin_dirs": ["/usr/lib/cni"]}`)
	task := s.Task(addresses + "; sleep 600")
	task.Container.NetworkDisabled = false
	s.Start(task)
	s.Says(task.Attempt, "eth0 10.213.47.2/24")
	if held := reserved(t, folder); len(held) != 1 {
		t.Errorf("while it runs: addresses %v", held)
	}
	s.Relaunch()
	if err := os.WriteFile(filepath.Join(folder, "10-test.conflist"), []byte("{"), 0o600); err != nil { // what it was connected by counts
		t.Fatal(err)
	}
	if err := s.own().Stop(context.Background(), task.Attempt, 0); err != nil {
		t.Fatal(err)
	}
	if got := s.Watch(task.Attempt); got.Reason != sdk.Stopped || len(got.Warnings) > 0 {
		t.Errorf("%+v, warnings %q", got.Exit, got.Warnings)
	}
	if held := reserved(t, folder); len(held) != 0 {
		t.Errorf("when it has ended: addresses %v", held)
	}
	broken := newSite(t, `{"network": "cni", "cni_config_dir": "`+folder+`/none"}`)
	task = broken.Task("true")
	task.Container.NetworkDisabled = false
	if got := broken.Run(task); got.Reason != sdk.StartFailed || !strings.Contains(got.Message, folder+"/none") {
		t.Errorf("without a configuration: %+v", got.Exit)
	}
}

// reserved lists the addresses that CNI has given away.
func reserved(t *testing.T, folder string) []string {
	t.Helper()
	held, err := filepath.Glob(filepath.Join(folder, "addresses", "raddeploy-test", "10.*"))
	if err != nil {
		t.Fatal(err)
	}
	return held
}
