package ui

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/run"
)

// mostAtOnce is how many runs one order acts on.
const mostAtOnce = 500

// didBulk is what an order on many runs did.
type didBulk struct {
	Name    string
	Done    []run.ID
	Refused []refusedRun
	Back    string
}

type refusedRun struct {
	ID  run.ID
	Why string
}

// fitting are the runs of a filter that an action is about: one that has ended is
// not canceled, one that is open not retried or resent.
func (p *Pages) fitting(r *http.Request, word string, filter url.Values) ([]run.ID, bool, error) {
	query, err := runQueryOf(filter)
	if err != nil {
		return nil, false, err
	}
	query.Paging = api.Paging{Limit: mostAtOnce}
	found, err := p.api.Runs(r.Context(), query)
	var ids []run.ID
	for _, one := range found.Items {
		if one.State.Final() != (word == "cancel") {
			ids = append(ids, one.ID)
		}
	}
	return ids, found.Next != "", err
}

func (p *Pages) askBulk(r *http.Request) (*page, error) {
	word, filter := r.URL.Query().Get("do"), only(r.URL.Query(), "state", "flow", "sender", "since")
	ids, more, err := p.fitting(r, word, filter)
	if err != nil {
		return nil, err
	}
	back := "/ui/runs?" + filter.Encode()
	q, made, err := ask(r, word, count(len(ids), "run"), "/ui/bulk", back)
	if err != nil {
		return nil, err
	}
	q.Hidden, q.Count, q.Most, q.From, q.To = url.Values{"do": {word}, "filter": {filter.Encode()}, "run": words(ids)}, len(ids), more, false, false
	if len(ids) == 0 {
		return nil, badRequest("no run of this filter can be acted on so: " + strings.ToLower(q.Name) + " is for runs that " +
			map[bool]string{true: "have not ended", false: "have ended"}[word == "cancel"])
	}
	made.Tab = "Runs"
	return made, nil
}

func words(ids []run.ID) (all []string) {
	for _, id := range ids {
		all = append(all, string(id))
	}
	return all
}

// doBulk acts on the runs that were counted when it was asked, each by itself:
// those that came since are left.
func (p *Pages) doBulk(w http.ResponseWriter, r *http.Request) {
	o, by, err := order(w, r)
	word := r.PostForm.Get("do")
	if err == nil {
		_, err = actionOn(r, word)
	}
	ids := r.PostForm["run"]
	if err == nil && len(ids) > mostAtOnce {
		err = badRequest("too many runs for one order")
	}
	if err != nil {
		p.sorry(w, r, err)
		return
	}
	filter, _ := url.ParseQuery(r.PostForm.Get("filter")) // what cannot be read leads back to all
	did := &didBulk{Name: actions[word].Name, Back: "/ui/runs?" + only(filter, "state", "flow", "sender", "since").Encode()}
	for _, id := range ids {
		if _, err := p.actOnRun(r.Context(), word, id, o, by); err != nil {
			_, why := p.explained(r, err)
			did.Refused = append(did.Refused, refusedRun{run.ID(id), why})
			continue
		}
		did.Done = append(did.Done, run.ID(id))
	}
	p.write(w, r, http.StatusOK, &page{Title: did.Name, Tab: "Runs", Data: did, Sections: []string{"did-bulk"}, Static: true})
}
