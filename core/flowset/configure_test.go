package flowset

import (
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/config"
)

// A flow file that is taken up says so in one line, with the digest before and
// after; a file that changes nothing, and one that is broken, says nothing of the
// kind.
func TestTakingUpIsLogged(t *testing.T) {
	f := newFolder(t, "a.yaml", model, "b.yaml", model)
	s := f.open()
	if first := f.logged(); first != "" {
		t.Errorf("logged at the start: %s", first)
	}
	before := s.InForce()[0].Digest
	f.put("a.yaml", "priority: 3\n"+model)
	f.put("b.yaml", "# only a comment\n"+model)
	s.reload()
	after := s.InForce()[0].Digest
	want := `[INFO]  flow taken up: flow=a version="" file=a.yaml digest=` + after + " digest_before=" + before + "\n"
	if got := f.logged(); got != want || before == after {
		t.Errorf("logged %s, want %s", got, want)
	}
	f.put("a.yaml", "models: 1\n")
	s.reload()
	if got := f.logged(); strings.Contains(got, "taken up") || !strings.Contains(got, "a.yaml:1:") {
		t.Errorf("logged for a broken file: %s", got)
	}
}

// Another configuration of the site counts at once: other folders, and other
// names that flows may use. What is named by nobody any more is gone.
func TestConfigure(t *testing.T) {
	pinned := "models: [{image: busybox, executor: second}]\n"
	f, other := newFolder(t, "a.yaml", model, "b.yaml", pinned), newFolder(t, "c.yaml", model)
	site := &config.Site{FlowDirs: []string{f.dir}, Executors: []config.Executor{{Plugin: "docker", Instance: "first"}}}
	logger := hclog.New(&hclog.LoggerOptions{Output: &f.log, DisableTime: true})
	s, err := Open(t.Context(), site, f.switches, logger)
	if err != nil {
		t.Fatal(err)
	}
	f.wantInForce(s, "a")
	f.logged()

	both := *site
	both.Executors = append([]config.Executor{{Plugin: "docker", Instance: "second"}}, site.Executors...)
	s.Configure(&both)
	f.wantInForce(s, "a b")
	if got := f.logged(); strings.Count(got, "flow taken up: flow=b ") != 1 || strings.Contains(got, "flow=a ") {
		t.Errorf("logged: %s", got)
	}
	s.Configure(site)
	f.wantInForce(s, "a")

	moved := *site
	moved.FlowDirs = []string{other.dir}
	f.logged()
	s.Configure(&moved)
	f.wantInForce(s, "c")
	if got := f.logged(); strings.Count(got, "flow is gone: flow=a ") != 1 {
		t.Errorf("logged: %s", got)
	}
}
