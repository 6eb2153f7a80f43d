package docker

import (
	"cmp"
	"os"
	"testing"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/engine"
	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
)

// site is a place with a real Docker engine, and folders of an agent.
type site struct {
	*sitetest.Site
	config string // JSON
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
	way, err := engine.New(engine.Endpoint{Address: endpoint})
	if err != nil {
		t.Fatal(err)
	}
	defer way.Close()
	if there, err := way.HasImage(t.Context(), sitetest.Busybox); err != nil || !there {
		sitetest.Need(t, "no docker with %s: run make services (%v)", sitetest.Busybox, err)
	}
	return &site{sitetest.New(t, func(where sdk.Site) sitetest.Executor {
		t.Helper()
		own := &Config{}
		if found := sdk.Decode([]byte(config), own); len(found) > 0 {
			t.Fatalf("config: %v", found)
		}
		own.Endpoint = endpoint
		where.Instance = "docker"
		e := New(own)
		if err := e.Configure(t.Context(), where); err != nil {
			t.Fatal(err)
		}
		return e
	}), config}
}

// endpoint is where the tests' engine is: where docker's own command would look
// for it.
func endpoint() string { return cmp.Or(os.Getenv("DOCKER_HOST"), "unix:///var/run/docker.sock") }
