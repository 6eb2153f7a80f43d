package ui

import (
	"net/http"
	"net/url"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/run"
)

// arrivalList is arrivals by a filter.
type arrivalList struct {
	Arrivals []api.Arrival
	States   []run.ArrivalState
	Filter   url.Values
	State    string
	Sender   string
	Since    string
	Next     string
	Plain    bool
}

func (p *Pages) arrivals(r *http.Request) (*page, error) {
	filter := only(r.URL.Query(), "state", "sender", "since")
	since, err := sinceOf(filter.Get("since"))
	if err != nil {
		return nil, err
	}
	query := api.ArrivalQuery{Sender: filter.Get("sender"), Since: since, Paging: api.Paging{Limit: listed, After: r.URL.Query().Get("after")}}
	if query.States, err = statesOf(filter, run.ArrivalStates()); err != nil {
		return nil, err
	}
	found, err := p.api.Arrivals(r.Context(), query)
	if err != nil {
		return nil, err
	}
	return &page{Title: "Arrivals", Tab: "Arrivals", Sections: []string{"arrivals-filter", "arrivals"}, Data: &arrivalList{
		Arrivals: found.Items, States: run.ArrivalStates(), Filter: filter, State: filter.Get("state"), Sender: filter.Get("sender"),
		Since: filter.Get("since"), Plain: len(filter) == 0, Next: next("/ui/arrivals", filter, found.Next),
	}}, nil
}

// oneArrival is all about an arrival.
type oneArrival struct {
	api.Arrival
	Path     string
	Whys     []why
	Acts     []link
	Pictures *pictures
}

func (p *Pages) arrival(r *http.Request) (*page, error) {
	found, err := p.api.Arrival(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	one := &oneArrival{Arrival: found, Path: "/ui/arrivals/" + string(found.ID), Whys: whysOf(found)}
	one.Pictures = p.pictures(r, "arrivals", string(found.ID), p.api.ArrivalPictures)
	if _, held := found.State.Held(); held {
		one.Acts = []link{{"Release", one.Path + "/release", true}, {"Discard", one.Path + "/discard", true}}
	}
	if found.State != run.ArrivalReceiving {
		one.Acts = append(one.Acts, link{"Run a flow", one.Path + "/rerun", true})
	}
	return &page{Title: "Arrival " + short(found.ID), Tab: "Arrivals", Data: one, Sections: []string{
		"arrival-head", "arrival-runs", "arrival-pictures", "arrival-why", "arrival-facts", "arrival-history",
	}}, nil
}
