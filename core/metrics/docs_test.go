package metrics_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/metrics"
)

const (
	pageOfMetrics = "../../docs/metrics.md"
	begun         = "<!-- What follows is written by go test ./core/metrics -update -->\n"
	ended         = "<!-- The end of what is written by go test ./core/metrics -update -->\n"
)

var update = flag.Bool("update", false, "write docs/metrics.md")

// The page lists every metric, and no other. -update writes it.
func TestReferenceIsCurrent(t *testing.T) {
	page, err := os.ReadFile(pageOfMetrics)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(page), begun)
	_, after, ok2 := strings.Cut(rest, ended)
	if !ok || !ok2 {
		t.Fatal("the page has no place for the reference")
	}
	want := before + begun + "\n" + metrics.Reference() + "\n" + ended + after
	if want == string(page) {
		return
	}
	if !*update {
		t.Fatal("docs/metrics.md is not current: go test ./core/metrics -update")
	}
	if err := os.WriteFile(pageOfMetrics, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}
