package containerd

import (
	"cmp"
	"context"
	"os"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/engine"
	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
)

// site is a place with a real containerd, and folders of an agent.
type site struct {
	*sitetest.Site
	endpoint string
	config   string // JSON
}

// own is the site's executor of this moment.
func (s *site) own() *Executor { return s.Executor.(*Executor) }

// newSite returns a site with a configured executor. It removes all it made
// when the test ends.
func newSite(t testing.TB, config string) *site {
	t.Helper()
	return newSiteAt(t, endpoint(), config)
}

func newSiteAt(t testing.TB, endpoint, config string) *site {
	t.Helper()
	if err := hasImage(t.Context(), endpoint); err != nil {
		sitetest.Need(t, "no containerd with %s: run make services (%v)", sitetest.Busybox, err)
	}
	return &site{sitetest.New(t, func(where sdk.Site) sitetest.Executor {
		t.Helper()
		own := &Config{}
		if found := sdk.Decode([]byte(config), own); len(found) > 0 {
			t.Fatalf("config: %v", found)
		}
		own.Endpoint = endpoint
		where.Instance = "containerd"
		e := New(own)
		if err := e.Configure(t.Context(), where); err != nil {
			t.Fatal(err)
		}
		return e
	}), endpoint, config}
}

// hasImage looks for the tests' image.
func hasImage(ctx context.Context, endpoint string) error {
	way, err := engine.New(engine.Place{Socket: strings.TrimPrefix(endpoint, "unix://"), Namespace: "raddeploy"})
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
