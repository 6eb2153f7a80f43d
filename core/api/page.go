package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
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
	After string // Next of the page before; "": the beginning
}

// list makes a handler of a list: query reads what is asked for.
func list[Q, T any](s *Server, query func(*values) Q, do func(context.Context, Q) (Page[T], error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		asked := &values{from: r.URL.Query()}
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
}

// size is how many rows are read for a page: one more than it shows says
// whether there is a next one.
func (p Paging) size() int { return p.limit() + 1 }

func (p Paging) limit() int {
	if p.Limit <= 0 {
		return listed
	}
	return min(p.Limit, most)
}

// after is the number of the row that a page begins after.
func (p Paging) after() (int64, error) {
	if p.After == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(p.After, 10, 64)
	if err != nil || n < 1 {
		return 0, &badRequest{"after " + strconv.Quote(p.After) + " is not the next of a page"}
	}
	return n, nil
}

// pageOf shows what was read for a page. Each row has a number, by which the
// list is sorted.
func pageOf[A, B any](p Paging, read []A, number func(A) int64, show func(A) B) Page[B] {
	next := ""
	if n := p.limit(); len(read) > n {
		read = read[:n]
		next = strconv.FormatInt(number(read[n-1]), 10)
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
