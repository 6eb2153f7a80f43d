package flowfile

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

const (
	pageOfFlows = "../../docs/flows.md"
	begun       = "<!-- What follows is written by go test ./core/flowfile -update -->\n"
	ended       = "<!-- The end of what is written by go test ./core/flowfile -update -->\n"
)

// TestReferenceIsCurrent holds the reference in docs/flows.md to the words that
// decoding reads. -update writes it.
func TestReferenceIsCurrent(t *testing.T) {
	page, err := os.ReadFile(pageOfFlows)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(page), begun)
	_, after, ok2 := strings.Cut(rest, ended)
	if !ok || !ok2 {
		t.Fatal("the page has no place for the reference")
	}
	published(t, pageOfFlows, before+begun+"\n"+Reference()+"\n"+ended+after)
}

var fenced = regexp.MustCompile("(?s)```(yaml|hcl)\n(.*?)```")

// TestPageShowsFlowsThatWork reads every flow that the page shows.
func TestPageShowsFlowsThatWork(t *testing.T) {
	page, err := os.ReadFile(pageOfFlows)
	if err != nil {
		t.Fatal(err)
	}
	shown := fenced.FindAllStringSubmatch(string(page), -1)
	if len(shown) < 5 {
		t.Fatalf("%d flows", len(shown))
	}
	for _, m := range shown {
		loaded, diags := Parse("flow."+m[1], []byte(m[2]), Options{Destinations: []string{"pacs"}})
		if len(loaded) != 1 || len(diags) > 0 {
			t.Errorf("%s\n%s", m[2], rendered(diags))
		}
	}
}

// TestEveryWordIsExplained holds that the reference has a sentence for each
// word but other spellings.
func TestEveryWordIsExplained(t *testing.T) {
	w := wordTables()
	for _, table := range [][]key{w.flow, w.model, w.container, w.destination, w.complete, w.throttle} {
		for _, k := range table {
			if k.doc == "" && k.name != "return_to_sender_on_port" && k.name != "path" && k.name != "rate" {
				t.Errorf("%s is not explained", k.name)
			}
			if k.words == "" || k.schema == nil {
				t.Errorf("%s has no type", k.name)
			}
		}
	}
}
