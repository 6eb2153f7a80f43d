package docker

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/raddeploy/raddeploy/plugins/docker/enginetest"
	"github.com/raddeploy/raddeploy/plugins/docker/internal/api"
	"github.com/raddeploy/raddeploy/plugins/internal/lifetest"
	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
)

// TestLife runs the table of tests that all container engines share.
func TestLife(t *testing.T) { docker.Run(t) }

// docker is the real engine.
var docker = lifetest.Backend{
	Name: "docker", Open: openReal, Tag: tag, Untag: untag,
	Kill: map[string][]string{"docker kill": {"docker", "kill"}, "docker stop": {"docker", "stop", "-t", "0"}},
	Daemon: func(t *testing.T) (lifetest.Daemon, string) {
		d := liveRestored{enginetest.New(t, "--live-restore")}
		return d, fmt.Sprintf(`{"endpoint": %q}`, d.Endpoint())
	},
}

type liveRestored struct{ *enginetest.Engine }

func (d liveRestored) Start() { d.Engine.Start("--live-restore") }

func openReal(t testing.TB, config string) lifetest.Open {
	t.Helper()
	own := &Config{}
	if found := sdk.Decode([]byte(cmp.Or(config, "{}")), own); len(found) > 0 {
		t.Fatalf("config: %v", found)
	}
	if own.Endpoint == (&Config{}).Endpoint || own.Endpoint == "unix:///var/run/docker.sock" {
		own.Endpoint = endpoint()
	}
	way, err := api.New(api.Endpoint{Address: own.Endpoint})
	if err != nil {
		t.Fatal(err)
	}
	defer way.Close()
	if there, err := way.HasImage(t.Context(), sitetest.Busybox); err != nil || !there {
		sitetest.Need(t, "no docker with %s: run make services (%v)", sitetest.Busybox, err)
	}
	return own.open
}

// at is a configuration with another engine.
func at(d *enginetest.Engine) string { return fmt.Sprintf(`{"endpoint": %q}`, d.Endpoint()) }

// tag gives sitetest.Busybox another name for the time of the test.
func tag(t *testing.T, name string) {
	t.Helper()
	if out, err := exec.Command("docker", "tag", sitetest.Busybox, name).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Cleanup(func() { untag(t, name) })
}

func untag(_ *testing.T, name string) { _ = exec.Command("docker", "rmi", name).Run() }

// endpoint is where the tests' engine is: where docker's own command would look
// for it.
func endpoint() string { return cmp.Or(os.Getenv("DOCKER_HOST"), "unix:///var/run/docker.sock") }
