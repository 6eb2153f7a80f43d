package slurm

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/bash"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/clustertest"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/launch"
	"github.com/raddeploy/raddeploy/sdk"
)

// bare runs a command on the node as it is: what is tested here is all that is
// around the container.
type bare struct{}

func (bare) Complaints(*sdk.Task) sdk.Diagnostics { return nil }
func (bare) Prepare(*launch.Container) string     { return "" }
func (bare) Cleanup(*launch.Container) string     { return "" }

func (bare) Fetch(context.Context, *launch.Container, func(sdk.Progress)) (launch.Fetched, string, error) {
	return launch.Fetched{}, "", nil
}

func (bare) Run(c *launch.Container) string {
	words := []string{"exec env"}
	for i, m := range c.Mounts { // at a place of its own, which the variable names
		words = append(words, fmt.Sprintf("MOUNT%d=%s", i, m.Source))
	}
	for _, v := range c.Env {
		words = append(words, bash.Quote(v.Name+"="+v.Value))
	}
	for _, word := range append(c.Entrypoint, c.Command...) {
		words = append(words, bash.Quote(word))
	}
	return strings.Join(words, " ")
}

// site is a place with a cluster of its own, and folders of an agent.
type site struct {
	*sitetest.Site
	cluster *clustertest.Cluster
}

// newSite returns a site on a cluster of two nodes. Config is JSON, without braces.
func newSite(t testing.TB, config string) *site {
	t.Helper()
	return newSiteOn(t, clustertest.New(t, 2), config)
}

func newSiteOn(t testing.TB, c *clustertest.Cluster, config string) *site {
	t.Helper()
	return newSiteNamed(t, c, "", config)
}

// newSiteNamed returns a site with a name, "" for any.
func newSiteNamed(t testing.TB, c *clustertest.Cluster, name, config string) *site {
	t.Helper()
	return &site{sitetest.New(t, func(where sdk.Site) sitetest.Executor {
		t.Helper()
		own := &Config{}
		text := fmt.Sprintf(`{"launcher": "oci", "poll": "0.2s", "settle": "3s", "slurm_conf": %q %s}`, c.Conf, config)
		if found := sdk.Decode([]byte(text), own); len(found) > 0 {
			t.Fatalf("config: %v", found)
		}
		where.Instance = "slurm"
		if name != "" {
			where.Name = name
		}
		e := New(own)
		e.launcher = bare{}
		if err := e.Configure(t.Context(), where); err != nil {
			t.Fatal(err)
		}
		return e
	}), c}
}

func (s *site) own() *Executor { return s.Executor.(*Executor) }

// jobs counts the jobs that the cluster knows of an attempt.
func (s *site) jobs(id sdk.AttemptID) (ids []string) {
	s.T.Helper()
	found, err := s.own().cluster.Find(context.Background(), s.own().jobName(id))
	if err != nil {
		s.T.Fatal(err)
	}
	for _, j := range found {
		ids = append(ids, j.ID)
	}
	return ids
}

// traced is a task that writes when it begins and ends, so that it can be told
// how often it ran.
func (s *site) traced(name, during string) (task *sdk.Task, trace string) {
	trace = filepath.Join(s.Folder("trace-"+name), "trace")
	return s.Task("echo begun >>" + trace + "; " + during + "; echo done >>" + trace), trace
}

func (s *site) wantTrace(trace, want string) {
	s.T.Helper()
	if got, _ := os.ReadFile(trace); string(got) != want {
		s.T.Errorf("the task left %q; want %q", got, want)
	}
}

// waits watches an attempt until it says why it is queued.
func (s *site) waits(id sdk.AttemptID) (why string) {
	s.T.Helper()
	ctx, cancel := context.WithTimeout(s.T.Context(), 30*time.Second)
	defer cancel()
	err := s.Executor.Watch(ctx, id, func(e sdk.Event) error {
		if why = e.Waiting; why != "" {
			return sitetest.ErrEnough
		}
		return nil
	})
	if !errors.Is(err, sitetest.ErrEnough) {
		s.T.Fatalf("watch %s until it waits: %v", id, err)
	}
	return why
}
