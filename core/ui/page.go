package ui

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/access/web"
	"github.com/raddeploy/raddeploy/core/run"
)

// page is what a route shows: sections, each a template of that name.
type page struct {
	Title    string
	Tab      string // which page of the navigation it belongs to
	Sections []string
	Data     any
	Static   bool // nothing of it changes by itself
}

// show makes a page.
type show func(*http.Request) (*page, error)

// view is what templates see of a page.
type view struct {
	*page
	Who     run.Actor
	Site    string
	AETitle string
	Said    string // what an action that led here did
	Live    string // the stream of its changes
	Here    string // its address
	Now     time.Time
	Tabs    []tab
}

// Acts reports whether who asks may act.
func (v *view) Acts() bool { return v.Who.Role.May(run.Operator) }

type tab struct{ Name, Path, Key string }

var tabs = []tab{
	{"Now", "/ui/", "n"}, {"Arrivals", "/ui/arrivals", "a"}, {"Runs", "/ui/runs", "r"}, {"Flows", "/ui/flows", "f"},
	{"Executors", "/ui/executors", "e"}, {"Network", "/ui/network", "w"}, {"Audit", "/ui/audit", "j"},
}

//go:embed templates
var files embed.FS

// templates write pages; those of the stream leave out ages, which the script
// writes: a section that is sent has changed otherwise.
var templates, streamed = parse(funcs), parse(streamFuncs)

func parse(funcs template.FuncMap) *template.Template {
	t := template.New("")
	t.Funcs(funcs).Funcs(template.FuncMap{"section": func(name string, v *view) (template.HTML, error) {
		var b strings.Builder
		err := t.ExecuteTemplate(&b, name, v)
		return template.HTML(b.String()), err //nolint:gosec // a template wrote it
	}})
	return template.Must(t.ParseFS(files, "templates/*.html"))
}

// page answers with a page, or leaves it for the stream of its changes.
func (p *Pages) page(show show) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		made, err := show(r)
		if stream, ok := w.(*forStream); ok {
			stream.page, stream.err, stream.pattern = made, err, r.Pattern
			return
		}
		if err != nil {
			p.sorry(w, r, err)
			return
		}
		p.write(w, r, http.StatusOK, made)
	}
}

func (p *Pages) view(r *http.Request, made *page) *view {
	status := p.api.Agent()
	return &view{
		page: made, Who: web.Who(r), Site: status.Site, AETitle: status.AETitle, Live: liveAt(r), Here: r.URL.RequestURI(), Now: time.Now(), Tabs: tabs,
	}
}

func (p *Pages) write(w http.ResponseWriter, r *http.Request, code int, made *page) {
	var b bytes.Buffer
	shown := p.view(r, made)
	shown.Said = p.told.said(w, r)
	if err := templates.ExecuteTemplate(&b, "layout", shown); err != nil {
		http.Error(w, web.Fault(r, p.logger, "this page cannot be written", err), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	_, _ = b.WriteTo(w) // who asked may be gone
}

// sorry says on a page why there is none.
func (p *Pages) sorry(w http.ResponseWriter, r *http.Request, err error) {
	code, text := p.explained(r, err)
	title := "That did not work"
	switch {
	case code == http.StatusNotFound:
		title = "Not found"
	case code == http.StatusForbidden:
		title = "Not allowed"
	}
	p.write(w, r, code, &page{Title: title, Sections: []string{"sorry"}, Data: text, Static: true})
}
