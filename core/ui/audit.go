package ui

import (
	"context"
	"net/http"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/run"
)

// journal is what operators did or, for admins, all that is recorded.
type journal struct {
	Path                     string
	Entries                  []api.Entry
	All                      bool // looks and refusals, too
	Thing, By, Since, Result string
	Next                     string
	Plain                    bool
}

// audit shows what changed something.
func (p *Pages) audit(r *http.Request) (*page, error) {
	return p.journal(r, &journal{Path: "/ui/audit"}, p.api.Journal)
}

// auditAll shows looks and refusals, too. Who does that is recorded: its route is
// one of the looks.
func (p *Pages) auditAll(r *http.Request) (*page, error) {
	made, err := p.journal(r, &journal{Path: "/ui/audit/all", All: true}, p.api.Audit)
	if err == nil {
		made.Static = true
	}
	return made, err
}

func (p *Pages) journal(r *http.Request, j *journal, read journalReader) (*page, error) {
	filter := only(r.URL.Query(), "thing", "by", "since", "result")
	since, err := sinceOf(filter.Get("since"))
	if err != nil {
		return nil, err
	}
	j.Thing, j.By, j.Since, j.Result, j.Plain = filter.Get("thing"), filter.Get("by"), filter.Get("since"), filter.Get("result"), len(filter) == 0
	found, err := read(r.Context(), api.JournalQuery{
		Thing: j.Thing, By: j.By, Result: run.Result(j.Result), Since: since, Paging: api.Paging{Limit: listed, After: r.URL.Query().Get("after")},
	})
	if err != nil {
		return nil, err
	}
	j.Entries, j.Next = found.Items, next(j.Path, filter, found.Next)
	return &page{Title: "Audit", Tab: "Audit", Data: j, Sections: []string{"audit-filter", "audit"}}, nil
}

type journalReader = func(context.Context, api.JournalQuery) (api.Page[api.Entry], error)
