package execute

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/raddeploy/raddeploy/core/flow"
)

var explainedVariable = regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\|")

// Every variable that containers get is explained in docs/flows.md, and no other.
func TestPageExplainsTheEnvironment(t *testing.T) {
	page, err := os.ReadFile("../../docs/flows.md")
	if err != nil {
		t.Fatal(err)
	}
	var explained, given []string
	for _, m := range explainedVariable.FindAllStringSubmatch(string(page), -1) {
		explained = append(explained, m[1])
	}
	for _, v := range environment(&Job{Flow: &flow.Flow{Models: []flow.Model{{}}}}) {
		given = append(given, v.Name)
	}
	slices.Sort(explained)
	slices.Sort(given)
	if diff := cmp.Diff(given, explained); diff != "" {
		t.Errorf("-given +explained:\n%s", diff)
	}
}
