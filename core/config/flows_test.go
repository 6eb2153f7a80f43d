package config

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/flowfile"
)

// TestFlowsInASite reads a site with flows of its own, one of them wrong, which
// does not keep the site from being used.
func TestFlowsInASite(t *testing.T) {
	dir := write(t, "10.hcl", `
		locals { title = "PACS" }
		destination "pacs" { host = "localhost", port = 104, ae_title = local.title }
		flow "good" {
			model { image = "busybox" }
			destination "pacs" {}
		}`, "20.hcl", `flow "bad" { model { image = nowhere } }`, "30.hcl", `name = "here"`)
	site := load(t, nil, dir)
	want := []string{filepath.Join(dir, "flows"), filepath.Join(dir, "10.hcl"), filepath.Join(dir, "20.hcl")}
	if diff := cmp.Diff(want, site.FlowDirs); diff != "" {
		t.Error(diff)
	}
	if site.Destinations[0].AETitle != "PACS" {
		t.Errorf("a local is %q", site.Destinations[0].AETitle)
	}
	flows, diags := flowfile.Load(site.FlowDirs[1:], flowfile.Options{Destinations: []string{"pacs"}})
	if len(flows) != 1 || len(diags) != 1 || !strings.Contains(diags[0].String(), "20.hcl:1:30: error: there is no variable nowhere") {
		t.Errorf("%d flows, %v", len(flows), diags)
	}
	here := load(t, map[string]string{"FLOW_DIRECTORY": "/srv/flows"}, dir)
	if here.FlowDirs[0] != "/srv/flows" || len(here.FlowDirs) != 3 {
		t.Errorf("with a folder from the environment: %s", here.FlowDirs)
	}
}

// TestFlowFilesKnowTheWordsOfASite holds the words by which a file is told to
// be a site's to those that a site has.
func TestFlowFilesKnowTheWordsOfASite(t *testing.T) {
	_, diags := Parse("site.hcl", []byte("zzzzzzzzzzzz = 1\n"), nil)
	_, words, ok := strings.Cut(diags[0].Hint, "what there is: ")
	if !ok {
		t.Fatal(diags)
	}
	for word := range strings.SplitSeq(words, ", ") {
		if word != "flow" && !flowfile.IsSite([]byte(word+" {}\nflow \"x\" {}\n")) {
			t.Errorf("package flowfile does not know that %s is a word of a site", word)
		}
	}
	if flowfile.IsSite([]byte("flow \"x\" {}\nlocals {}\n")) {
		t.Error("flows alone are taken for a site")
	}
}
