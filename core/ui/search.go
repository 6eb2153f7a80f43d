package ui

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/raddeploy/raddeploy/core/api"
)

// search leads to what a text names: a run or arrival by the beginning of its id, a
// flow, a sender. A pseudonym is answered here, since addresses hold none.
func (p *Pages) search(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	q := strings.TrimSpace(r.PostFormValue("q"))
	to := func(address string) { http.Redirect(w, r, address, http.StatusSeeOther) }
	if q == "" {
		to("/ui/runs")
		return
	}
	if found, err := p.api.Run(r.Context(), strings.ToLower(q)); err == nil {
		to("/ui/runs/" + string(found.ID))
		return
	}
	if found, err := p.api.Arrival(r.Context(), strings.ToLower(q)); err == nil {
		to("/ui/arrivals/" + string(found.ID))
		return
	}
	for _, f := range p.api.Flows() {
		if f.Name != "" && (strings.EqualFold(f.Name, q) || strings.EqualFold(f.ID, q)) {
			to("/ui/runs?flow=" + url.QueryEscape(f.Name))
			return
		}
	}
	found, err := p.api.Runs(r.Context(), api.RunQuery{Patient: q, Paging: api.Paging{Limit: listed}})
	if err != nil {
		p.sorry(w, r, err)
		return
	}
	if len(found.Items) > 0 {
		p.write(w, r, http.StatusOK, &page{Title: "Runs of a patient", Tab: "Runs", Data: found.Items, Sections: []string{"found"}, Static: true})
		return
	}
	sent, err := p.api.Arrivals(r.Context(), api.ArrivalQuery{Sender: q, Paging: api.Paging{Limit: 1}})
	if err == nil && len(sent.Items) > 0 {
		to("/ui/runs?sender=" + url.QueryEscape(q))
		return
	}
	p.write(w, r, http.StatusNotFound, &page{Title: "Nothing found", Tab: "Runs", Data: q, Sections: []string{"nothing"}, Static: true})
}
