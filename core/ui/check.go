package ui

import "net/http"

// doCheck looks at a destination, and shows what it showed of itself.
func (p *Pages) doCheck(w http.ResponseWriter, r *http.Request) {
	checked, err := p.api.CheckDestination(r.Context(), r.PathValue("id"))
	if err != nil {
		p.sorry(w, r, err)
		return
	}
	p.write(w, r, http.StatusOK, &page{Title: "Destination " + checked.ID, Tab: "Network", Data: checked, Sections: []string{"checked"}, Static: true})
}
