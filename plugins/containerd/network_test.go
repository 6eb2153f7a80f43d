package containerd

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/plugins/internal/lifetest"
	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
)

const addresses = "ip -4 -o addr | awk '{print $2, $4}'; cat /etc/hosts"

func TestNoNetwork(t *testing.T) {
	t.Parallel()
	for config, disabled := range map[string]bool{`{}`: false, `{"network": "host"}`: true} {
		s := containerd.Site(t, config)
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
	s := containerd.Site(t, `{"network": "host"}`)
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

// cniSite is a site with a network of the test's own, and the folder that has
// its configuration, its plugins and the addresses that are given away.
func cniSite(t *testing.T) (s *lifetest.Site, folder string) {
	t.Helper()
	folder = t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "plugins"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, plugin := range []string{"ptp", "host-local", "loopback"} {
		if _, err := os.Stat("/usr/lib/cni/" + plugin); err != nil {
			sitetest.Need(t, "no CNI plugins: run make services (%v)", err)
		}
		if err := os.Symlink("/usr/lib/cni/"+plugin, filepath.Join(folder, "plugins", plugin)); err != nil {
			t.Fatal(err)
		}
	}
	network := fmt.Sprintf(`{"cniVersion": "0.4.0", "name": "raddeploy-test", "plugins": [{"type": "ptp", "ipMasq": false,
		"ipam": {"type": "host-local", "subnet": "10.213.%d.0/24", "dataDir": %q}}]}`,
		(int64(os.Getpid())+sitetest.Next())%256, filepath.Join(folder, "addresses"))
	if err := os.WriteFile(filepath.Join(folder, "10-test.conflist"), []byte(network), 0o600); err != nil {
		t.Fatal(err)
	}
	return containerd.Site(t, fmt.Sprintf(`{"network": "cni", "cni_config_dir": %q, "cni_plugin_dirs": [%q]}`, folder, filepath.Join(folder, "plugins"))), folder
}

// connected starts a task and waits until it tells its address.
func connected(t *testing.T, s *lifetest.Site, folder string) *sdk.Task {
	t.Helper()
	task := s.Task(addresses + "; sleep 600")
	task.Container.NetworkDisabled = false
	s.Start(task)
	s.Says(task.Attempt, "eth0 10.213.")
	if held := reserved(t, folder); len(held) != 1 {
		t.Errorf("while it runs: addresses %v", held)
	}
	return task
}

func TestCNI(t *testing.T) {
	t.Parallel()
	s, folder := cniSite(t)
	task := connected(t, s, folder)
	s.Relaunch()
	if err := s.Executor.Stop(t.Context(), task.Attempt, 0); err != nil {
		t.Fatal(err)
	}
	if got := s.Watch(task.Attempt); got.Reason != sdk.Stopped || len(got.Warnings) > 0 {
		t.Errorf("%+v, warnings %q", got.Exit, got.Warnings)
	}
	if held := reserved(t, folder); len(held) != 0 {
		t.Errorf("when it has ended: addresses %v", held)
	}
	if err := os.Remove(filepath.Join(folder, "10-test.conflist")); err != nil {
		t.Fatal(err)
	}
	task = s.Task("true")
	task.Container.NetworkDisabled = false
	if got := s.Run(task); got.Reason != sdk.StartFailed || !strings.Contains(got.Message, folder) {
		t.Errorf("without a configuration: %+v", got.Exit)
	}
}

// TestCNIThatBreaksMeanwhile has the network that a container was connected by
// free its address, whatever the site's configuration says by then.
func TestCNIThatBreaksMeanwhile(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(conflist string) error{
		"removed": os.Remove,
		"broken":  func(conflist string) error { return os.WriteFile(conflist, []byte("{"), 0o600) },
		"another": func(conflist string) error {
			return os.WriteFile(conflist, []byte(`{"cniVersion": "0.4.0", "name": "another", "plugins": [{"type": "loopback"}]}`), 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, folder := cniSite(t)
			task := connected(t, s, folder)
			if err := change(filepath.Join(folder, "10-test.conflist")); err != nil {
				t.Fatal(err)
			}
			if err := s.Executor.Stop(t.Context(), task.Attempt, 0); err != nil {
				t.Fatal(err)
			}
			if got := s.Watch(task.Attempt); got.Reason != sdk.Stopped || len(got.Warnings) > 0 {
				t.Errorf("%+v, warnings %q", got.Exit, got.Warnings)
			}
			if held := reserved(t, folder); len(held) != 0 {
				t.Errorf("when it has ended: addresses %v", held)
			}
		})
	}
}

// TestCNIWhosePluginsAreAway has an attempt end all the same, and its address
// freed when it is removed.
func TestCNIWhosePluginsAreAway(t *testing.T) {
	t.Parallel()
	s, folder := cniSite(t)
	task := connected(t, s, folder)
	move := func(from, to string) {
		t.Helper()
		if err := os.Rename(filepath.Join(folder, from), filepath.Join(folder, to)); err != nil {
			t.Fatal(err)
		}
	}
	move("plugins", "away")
	if err := s.Executor.Stop(t.Context(), task.Attempt, 0); err != nil {
		t.Fatal(err)
	}
	if got := s.Watch(task.Attempt); got.Reason != sdk.Stopped || len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0], "an address of CNI's network may stay taken") {
		t.Errorf("%+v, warnings %q", got.Exit, got.Warnings)
	}
	if held := reserved(t, folder); len(held) != 1 {
		t.Errorf("when it has ended: addresses %v", held)
	}
	move("away", "plugins")
	if err := s.Executor.Remove(t.Context(), task.Attempt); err != nil {
		t.Fatal(err)
	}
	if held := reserved(t, folder); len(held) != 0 {
		t.Errorf("when it is removed: addresses %v", held)
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
