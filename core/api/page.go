package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/state"
)

// Page is a part of a list.
type Page[T any] struct {
	Items []T
	// Next is the After of the query for what follows; "": nothing does.
	Next string
}

// listed is how many things a list shows unless it is asked for more, and most
// how many it shows at once.
const (
	listed = 200
	most   = 1000
)

// nextHeader has a page's Next. The body of a list is an array of what is listed.
const nextHeader = "Raddeploy-Next"

// Paging says which part of a list is wanted.
type Paging struct {
	Limit int    // 0: 200; at most 1000
	Sort  Sort   // "": newest first
	After string // Next of the page before; "": the beginning
}

// Sort is the order of a list.
type Sort string

// The orders: by when a run was created, an arrival opened, a delivery made, an
// action done.
const (
	Newest Sort = "newest"
	Oldest Sort = "oldest"
)

// list makes a handler of a list: query reads what is asked for.
func list[Q, T any](s *Server, query func(*values) Q, do func(context.Context, Q) (Page[T], error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		listOf(s, w, r, &values{from: r.URL.Query()}, query, do)
	}
}

func listOf[Q, T any](s *Server, w http.ResponseWriter, r *http.Request, asked *values, query func(*values) Q, do func(context.Context, Q) (Page[T], error)) {
	q := query(asked)
	if err := asked.end(); err != nil {
		s.refuse(w, r, err)
		return
	}
	page, err := do(r.Context(), q)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if page.Next != "" {
		w.Header().Set(nextHeader, page.Next)
	}
	s.write(w, r, page.Items)
}

// part is what the state database is asked for: one more than a page shows says
// whether there is a next one.
func (p Paging) part(since, until time.Time) (state.Part, error) {
	part := state.Part{Since: since, Until: until, OldestFirst: p.Sort == Oldest, AtMost: p.limit() + 1}
	if p.Sort != "" && p.Sort != Newest && p.Sort != Oldest {
		return part, &badRequest{fmt.Sprintf("sort %q is neither %s nor %s", p.Sort, Newest, Oldest)}
	}
	if p.After == "" {
		return part, nil
	}
	began, seq, ok := strings.Cut(p.After, "-")
	ns, wrongTime := strconv.ParseInt(began, 10, 64)
	n, wrongNumber := strconv.ParseInt(seq, 10, 64)
	if !ok || wrongTime != nil || wrongNumber != nil || ns < 0 || n < 1 {
		return part, &badRequest{fmt.Sprintf("after %q is not the %s of a page", p.After, nextHeader)}
	}
	part.After = state.Place{Began: time.Unix(0, ns), Seq: n}
	return part, nil
}

func (p Paging) limit() int {
	if p.Limit <= 0 {
		return listed
	}
	return min(p.Limit, most)
}

// pageOf shows what was read for a page.
func pageOf[A, B any](p Paging, read []A, place func(A) state.Place, show func(A) B) Page[B] {
	next := ""
	if n := p.limit(); len(read) > n {
		read = read[:n]
		last := place(read[n-1])
		began := int64(0)
		if !last.Began.IsZero() {
			began = last.Began.UnixNano()
		}
		next = fmt.Sprintf("%d-%d", began, last.Seq)
	}
	return Page[B]{convert(read, show), next}
}

func (p Paging) values() url.Values {
	v := url.Values{}
	p.add(v)
	return v
}

// add writes the part that is wanted into a query.
func (p Paging) add(v url.Values) {
	if p.Limit > 0 {
		v.Set("limit", strconv.Itoa(p.Limit))
	}
	set(v, "sort", string(p.Sort))
	set(v, "after", p.After)
}

func set(v url.Values, name, text string) {
	if text != "" {
		v.Set(name, text)
	}
}

func setTime(v url.Values, name string, t time.Time) {
	if !t.IsZero() {
		v.Set(name, t.Format(time.RFC3339Nano))
	}
}
