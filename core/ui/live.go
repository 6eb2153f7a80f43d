package ui

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/core/access/web"
	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/run"
)

// interval is how often a page is made anew while somebody has it open, however
// many do.
const interval = time.Second

// alive is how often a stream says something, so that a browser, or what stands
// between, does not take it for dead.
const alive = 15 * time.Second

// live streams the sections of a page that have changed, as server-sent events.
func (p *Pages) live(w http.ResponseWriter, r *http.Request) {
	at, err := url.ParseRequestURI(r.URL.Query().Get("page"))
	if err != nil || at.Host != "" || !strings.HasPrefix(at.Path, "/ui/") {
		http.Error(w, "page is not an address of a page", http.StatusBadRequest)
		return
	}
	p.stream(w, r, at)
}

// liveOf streams a page at whose address who looks is recorded.
func (p *Pages) liveOf(w http.ResponseWriter, r *http.Request) {
	p.stream(w, r, &url.URL{Path: strings.TrimSuffix(r.URL.Path, "/live")})
}

func (p *Pages) stream(w http.ResponseWriter, r *http.Request, at *url.URL) {
	sections, err := p.shared.sections(p, r, at)
	if err != nil {
		code, text := p.explained(r, err)
		http.Error(w, text, code)
		return
	}
	stream := startStream(w)
	sent, quiet := map[string]string{}, time.Now()
	for err == nil { // else the browser asks again, and is told why
		for _, s := range sections {
			if sent[s.Section] == s.HTML {
				continue
			}
			sent[s.Section], quiet = s.HTML, time.Now()
			if err := stream.event("section", s); err != nil {
				return
			}
		}
		if time.Since(quiet) > alive {
			quiet = time.Now()
			if err := stream.comment("alive"); err != nil {
				return
			}
		}
		if wake.Sleep(r.Context(), interval) != nil {
			return
		}
		sections, err = p.shared.sections(p, r, at)
	}
}

// section is a part of a page as it is now.
type section struct {
	Section string `json:"section"`
	HTML    string `json:"html"`
}

// forStream takes a page instead of a browser.
type forStream struct {
	http.ResponseWriter
	page    *page
	err     error
	pattern string
}

func (*forStream) Header() http.Header       { return http.Header{} }
func (*forStream) Write([]byte) (int, error) { return 0, errors.New("not a page") }
func (*forStream) WriteHeader(int)           {}

// sections makes a page's sections for who asks.
func (p *Pages) sections(r *http.Request, at *url.URL) ([]section, error) {
	asked := r.Clone(r.Context())
	asked.URL, asked.RequestURI = at, at.RequestURI()
	taken := &forStream{err: notFound("no page has this address")}
	p.shows.ServeHTTP(taken, asked)
	switch {
	case taken.err != nil:
		return nil, taken.err
	case !mayLook(r, taken.pattern):
		return nil, errMayNot
	case recorded(taken.pattern) && r.PathValue("id") == "":
		return nil, errMayNot // it has a stream of its own, at which the look is recorded
	}
	asked.Pattern = taken.pattern
	v := p.view(asked, taken.page)
	var all []section
	for _, name := range taken.page.Sections {
		var b strings.Builder
		if err := streamed.ExecuteTemplate(&b, name, v); err != nil {
			p.logger.Error("section not written", "section", name, "error", err)
			return nil, err
		}
		all = append(all, section{name, b.String()})
	}
	return all, nil
}

// recorded reports whether it is recorded who looks at a page.
func recorded(pattern string) bool { return slices.Contains(web.Looks, pattern) }

// liveAt is the address of the stream of a page.
func liveAt(r *http.Request) string {
	if recorded(r.Pattern) {
		return r.URL.Path + "/live"
	}
	return "/ui/live?page=" + url.QueryEscape(r.URL.RequestURI())
}

// mayLook reports whether who asks for a stream may see the page that it is of.
func mayLook(r *http.Request, pattern string) bool {
	i := slices.IndexFunc(web.Routes, func(route web.Route) bool { return route.Pattern == pattern })
	return i >= 0 && web.Who(r).Role.May(web.Routes[i].Role)
}

// shared are pages that are made once for all who look at them at that moment.
type shared struct {
	mu    sync.Mutex
	pages map[sharedKey]*sharedPage
}

type sharedKey struct {
	at   string
	role run.Role
}

type sharedPage struct {
	mu       sync.Mutex
	made     time.Time
	sections []section
	err      error
}

func (s *shared) sections(p *Pages, r *http.Request, at *url.URL) ([]section, error) {
	one := s.page(sharedKey{at.RequestURI(), web.Who(r).Role})
	one.mu.Lock()
	defer one.mu.Unlock()
	if time.Since(one.made) > interval*9/10 {
		one.sections, one.err = p.sections(r, at)
		one.made = time.Now()
		if r.Context().Err() != nil {
			one.made = time.Time{} // the next one who looks makes it
		}
	}
	return one.sections, one.err
}

// page returns what is shared of a page, and forgets those that nobody looks at.
func (s *shared) page(key sharedKey) *sharedPage {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pages == nil {
		s.pages = map[sharedKey]*sharedPage{}
	}
	if s.pages[key] == nil {
		for other, page := range s.pages {
			if page.mu.TryLock() {
				if time.Since(page.made) > 10*interval {
					delete(s.pages, other)
				}
				page.mu.Unlock()
			}
		}
		s.pages[key] = &sharedPage{}
	}
	return s.pages[key]
}

// stream is a response of server-sent events.
type stream struct {
	to      http.ResponseWriter
	control *http.ResponseController
}

func startStream(w http.ResponseWriter) *stream {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	s := &stream{w, http.NewResponseController(w)}
	_, _ = fmt.Fprint(w, "retry: 2000\n\n")
	_ = s.control.Flush()
	return s
}

// event sends a value. Its JSON has no line breaks.
func (s *stream) event(name string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return s.send("event: %s\ndata: %s\n\n", name, data)
}

func (s *stream) comment(text string) error { return s.send(": %s\n\n", text) }

func (s *stream) send(format string, args ...any) error {
	_ = s.control.SetWriteDeadline(time.Now().Add(alive)) // one who does not read is not waited for
	if _, err := fmt.Fprintf(s.to, format, args...); err != nil {
		return err
	}
	return s.control.Flush()
}
