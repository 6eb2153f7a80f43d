package containerd

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/api"
	"github.com/raddeploy/raddeploy/plugins/internal/lifetest"
	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
)

// TestLife runs the table of tests that all container engines share.
func TestLife(t *testing.T) { containerd.Run(t) }

// containerd is the real engine.
var containerd = lifetest.Backend{
	Name: "containerd", Open: openReal, Tag: tag, Untag: untag,
	Kill: map[string][]string{"ctr task kill": {"ctr", "--address", socket(), "-n", "raddeploy", "task", "kill", "-s", "KILL"}},
	Daemon: func(t *testing.T) (lifetest.Daemon, string) {
		d := newDaemon(t)
		return d, fmt.Sprintf(`{"endpoint": "unix://%s"}`, d.socket())
	},
}

func openReal(t testing.TB, config string) lifetest.Open {
	t.Helper()
	own := &Config{}
	if found := sdk.Decode([]byte(cmp.Or(config, "{}")), own); len(found) > 0 {
		t.Fatalf("config: %v", found)
	}
	if own.Endpoint == "unix:///run/containerd/containerd.sock" { // the default
		own.Endpoint = endpoint()
	}
	if err := hasImage(t.Context(), own.socket()); err != nil {
		sitetest.Need(t, "no containerd with %s: run make services (%v)", sitetest.Busybox, err)
	}
	return own.open
}

// own is a site's containerd, of the executor of this moment.
func own(s *lifetest.Site) *backend { return s.Engine.Engine.(*backend) }

// hasImage looks for the tests' image.
func hasImage(ctx context.Context, socket string) error {
	way, err := api.New(api.Place{Socket: socket, Namespace: "raddeploy"})
	if err != nil {
		return err
	}
	defer way.Close()
	_, err = way.FindImage(ctx, "docker.io/library/"+sitetest.Busybox)
	return err
}

// endpoint is where the tests' containerd is.
func endpoint() string {
	return cmp.Or(os.Getenv("RADDEPLOY_TEST_CONTAINERD"), "unix:///run/raddeploy-containerd/containerd.sock")
}

func socket() string { return strings.TrimPrefix(endpoint(), "unix://") }
