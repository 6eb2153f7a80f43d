package ui

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
)

// search leads to what a text names: a run or arrival by the beginning of its id, a
// flow, a sender. What is known of a patient is answered here, since addresses hold
// none of it: a pseudonym, an accession number, the date of a study.
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
	for _, query := range ofPatient(q) {
		query.Limit = listed
		found, err := p.api.Runs(r.Context(), query)
		if err != nil {
			p.sorry(w, r, err)
			return
		}
		if len(found.Items) > 0 {
			p.write(w, r, http.StatusOK, &page{Title: "Runs of a patient", Tab: "Runs", Data: found.Items, Sections: []string{"found"}, Static: true})
			return
		}
	}
	sent, err := p.api.Arrivals(r.Context(), api.ArrivalQuery{Sender: q, Paging: api.Paging{Limit: 1}})
	if err == nil && len(sent.Items) > 0 {
		to("/ui/runs?sender=" + url.QueryEscape(q))
		return
	}
	p.write(w, r, http.StatusNotFound, &page{Title: "Nothing found", Tab: "Runs", Data: q, Sections: []string{"nothing"}, Static: true})
}

// ofPatient are the searches that a text can mean.
func ofPatient(q string) []api.RunQuery {
	if _, err := time.Parse(time.DateOnly, q); err == nil {
		return []api.RunQuery{{StudyDate: q}}
	}
	return []api.RunQuery{{Accession: q}, {Patient: q}}
}
