package ui

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// runList is runs by a filter, which is the address of the page.
type runList struct {
	Runs    []api.Run
	States  []run.State
	Filter  url.Values // without the place in the list
	Flow    string
	Sender  string
	Since   string
	Chosen  map[string]bool
	Flows   []string
	Next    string
	Plain   bool // there is no filter
	Actions []string
}

const listed = 50 // rows of a list

func (p *Pages) runs(r *http.Request) (*page, error) {
	query, err := runQueryOf(r.URL.Query())
	if err != nil {
		return nil, err
	}
	query.Paging = api.Paging{Limit: listed, After: r.URL.Query().Get("after")}
	found, err := p.api.Runs(r.Context(), query)
	if err != nil {
		return nil, err
	}
	filter := only(r.URL.Query(), "state", "flow", "sender", "since")
	list := &runList{
		Runs: found.Items, States: run.RunStates(), Filter: filter, Flow: filter.Get("flow"), Sender: filter.Get("sender"), Since: filter.Get("since"),
		Chosen: map[string]bool{}, Plain: len(filter) == 0, Next: next("/ui/runs", filter, found.Next), Actions: []string{"cancel", "retry", "resend"},
	}
	for _, state := range filter["state"] {
		list.Chosen[state] = true
	}
	for _, f := range p.api.Flows() {
		if f.Name != "" {
			list.Flows = append(list.Flows, f.Name)
		}
	}
	return &page{Title: "Runs", Tab: "Runs", Data: list, Sections: []string{"runs-filter", "runs"}}, nil
}

// runQueryOf is the filter of an address.
func runQueryOf(v url.Values) (api.RunQuery, error) {
	since, err := sinceOf(v.Get("since"))
	q := api.RunQuery{Flow: v.Get("flow"), Sender: v.Get("sender"), Since: since}
	if err == nil {
		q.States, err = statesOf(v, run.RunStates())
	}
	return q, err
}

// statesOf are the states that an address asks for, each once, of all that there are.
func statesOf[S ~string](v url.Values, all []S) (wanted []S, err error) {
	for _, word := range v["state"] {
		switch state := S(word); {
		case word == "" || slices.Contains(wanted, state):
		case !slices.Contains(all, state):
			return nil, badRequest("state " + strconv.Quote(word) + " is unknown")
		default:
			wanted = append(wanted, state)
		}
	}
	return wanted, nil
}

// sinceOf is a time, or how long ago one is, such as 24h or 7d.
func sinceOf(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	ago, err := sdk.ParseDuration(text)
	if err != nil {
		return time.Time{}, badRequest("since " + strconv.Quote(text) + " is neither a time such as 2026-03-01T08:00:00Z nor how long ago, such as 90m or 7d")
	}
	return time.Now().Add(-ago), nil
}

// only are the values of some names that are not empty.
func only(v url.Values, names ...string) url.Values {
	kept := url.Values{}
	for _, name := range names {
		for _, value := range v[name] {
			if value != "" {
				kept.Add(name, value)
			}
		}
	}
	return kept
}

// next is the address of what follows in a list; "": nothing does.
func next(path string, filter url.Values, after string) string {
	if after == "" {
		return ""
	}
	v := url.Values{"after": {after}}
	for name, values := range filter {
		v[name] = values
	}
	return path + "?" + v.Encode()
}
