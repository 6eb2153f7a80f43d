package ui

import (
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/run"
)

// A name that nothing but the request says does not look like one that is proven.
func TestWhoIsProvenOnPages(t *testing.T) {
	for known, want := range map[run.Known]bool{run.BySocket: false, run.ByToken: false, run.ByLogin: false, run.Anonymous: true} {
		entry := api.Entry{Thing: "run", Of: "0b7c1f8e", By: "root", Known: known, Address: "127.0.0.1"}
		for name, data := range map[string]any{"journal": []api.Entry{entry}, "audit": map[string]any{"Data": &journal{Entries: []api.Entry{entry}}}} {
			var b strings.Builder
			if err := templates.ExecuteTemplate(&b, name, data); err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(b.String(), "not proven"); got != want {
				t.Errorf("%s, who is known by %s: not proven is %v\n%s", name, known, got, &b)
			}
		}
	}
}
