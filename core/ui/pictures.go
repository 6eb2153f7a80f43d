package ui

import (
	"context"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/raddeploy/raddeploy/core/access/web"
	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/run"
)

// pictures is one picture of an arrival or a run, and what others there are.
type pictures struct {
	api.Pictures
	May    bool               // whether who asks may see them
	At     string             // of pictures
	Page   string             // that they are on
	Series *api.PictureSeries // the one that is shown
	Shown  api.PictureQuery   // what is shown of it
	Fault  string             // why nothing can be said of them
}

// pictures are those of a page, the one that its address says: by default the slice in
// the middle, with all that can be drawn over it.
func (p *Pages) pictures(r *http.Request, thing, id string, list func(context.Context, string) (api.Pictures, error)) *pictures {
	one := &pictures{At: "/v1/" + thing + "/" + id + "/pictures", Page: "/ui/" + thing + "/" + id, May: web.Who(r).Role.May(run.Operator)}
	if !one.May {
		return one
	}
	var err error
	if one.Pictures, err = list(r.Context(), id); err != nil {
		p.logger.Warn("pictures not listed", "route", r.Pattern, "error", err)
		one.Fault = "What pictures there are cannot be found out now; the agent's log says why."
	}
	one.choose(r.URL.Query())
	return one
}

// choose takes up what an address asks for, as far as it is there.
func (p *pictures) choose(asked url.Values) {
	if len(p.Pictures.Series) == 0 {
		return
	}
	number := func(name string, otherwise, most int) int {
		if n, err := strconv.Atoi(asked.Get(name)); err == nil && n >= 1 && n <= most {
			return n
		}
		return otherwise
	}
	series := number("series", 1, len(p.Pictures.Series))
	p.Series = &p.Pictures.Series[series-1]
	if asked.Get("of") != strconv.Itoa(series) { // else it was asked for of another series
		asked = url.Values{}
	}
	p.Shown = api.PictureQuery{Series: series, Slice: number("slice", p.Series.Middle, p.Series.Slices), Window: p.Series.Windows[0].Name}
	for _, w := range p.Series.Windows {
		if w.Name == asked.Get("window") {
			p.Shown.Window = w.Name
		}
	}
	for _, o := range p.Series.Over {
		if o.Cannot == "" && (!asked.Has("over") || slices.Contains(asked["over"], strconv.Itoa(o.Over))) {
			p.Shown.Over = append(p.Shown.Over, o.Over)
		}
	}
}

// Source is the address of the picture.
func (p *pictures) Source() string { return p.At + "/" + p.Shown.Path() }

// Over reports whether something is drawn over the picture.
func (p *pictures) Over(n int) bool { return slices.Contains(p.Shown.Over, n) }

// Step is the address of the page with another slice of the series; "": there is none.
func (p *pictures) Step(by int) string {
	next := p.Shown.Slice + by
	if next < 1 || next > p.Series.Slices {
		return ""
	}
	v := url.Values{"series": {strconv.Itoa(p.Shown.Series)}, "of": {strconv.Itoa(p.Shown.Series)}, "slice": {strconv.Itoa(next)}, "window": {p.Shown.Window}, "over": {"0"}}
	for _, n := range p.Shown.Over {
		v.Add("over", strconv.Itoa(n))
	}
	return p.Page + "?" + v.Encode() + "#pictures"
}

// swatch is a color of the legend. Styles in a page are forbidden, so it is drawn.
func swatch(color any) template.HTML {
	return template.HTML(`<svg width="12" height="12" aria-hidden="true"><rect width="12" height="12" fill="` + template.HTMLEscapeString(text(color)) + `"/></svg>`) //nolint:gosec // escaped
}
