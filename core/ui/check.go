package ui

import (
	"net/http"

	"github.com/raddeploy/raddeploy/core/api"
)

// doCheck looks at a destination, and shows what it showed of itself.
func (p *Pages) doCheck(w http.ResponseWriter, r *http.Request) {
	checked, err := p.api.CheckDestination(r.Context(), r.PathValue("id"))
	if err != nil {
		p.sorry(w, r, err)
		return
	}
	p.write(w, r, http.StatusOK, &page{Title: "Destination " + checked.ID, Tab: "Network", Data: checked, Sections: []string{"checked"}, Static: true})
}

// testResult is what came of test messages of a notify block.
type testResult struct {
	ID    string
	State string
	To    []api.NotifyTest
}

// doTest sends test messages, and shows what became of them.
func (p *Pages) doTest(w http.ResponseWriter, r *http.Request) {
	sent, err := p.api.TestNotify(r.Context(), r.PathValue("id"))
	if err != nil {
		p.sorry(w, r, err)
		return
	}
	shown := testResult{ID: r.PathValue("id"), State: "ok", To: sent}
	for _, one := range sent {
		if one.State != "ok" {
			shown.State = one.State
		}
	}
	p.write(w, r, http.StatusOK, &page{Title: "Test of " + shown.ID, Tab: "Network", Data: shown, Sections: []string{"tested"}, Static: true})
}
