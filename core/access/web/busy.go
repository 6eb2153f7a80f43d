package web

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// Requests over TCP that are answered at once, streams of events among them: in
// all, of one address, and of one token or login. A browser holds one for each page
// that is open.
const (
	requestsOfAll     = 1024
	requestsOfAddress = 256
	requestsOfOne     = 64
)

// againIn is when somebody may ask again who was told that there is no place.
const againIn = 5 * time.Second

// busy counts the requests that are being answered. The zero value is ready.
type busy struct {
	mu sync.Mutex
	of map[string]int // by address, and by who; by "": all
}

// begin counts a request among those of a key. It reports whether it is within the
// bounds: where it is not, it is not counted.
func (b *busy) begin(key string, most int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.of == nil {
		b.of = map[string]int{}
	}
	if b.of[key] >= most {
		return false
	}
	b.of[key]++
	return true
}

func (b *busy) end(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.of[key]--; b.of[key] <= 0 {
		delete(b.of, key)
	}
}

// admit counts a request by its address until done is called, or answers that there
// are too many. Those over the socket are not counted.
func (g *Guard) admit(w http.ResponseWriter, r *http.Request) (done func(), ok bool) {
	if overSocket(r) {
		return func() {}, true
	}
	if code, _ := r.Context().Value(crowdKey{}).(int); code != 0 {
		w.Header().Set("Connection", "close")
		g.crowded(w, r, code, "connections")
		return nil, false
	}
	key := "address " + network(addressOf(r))
	switch {
	case !g.busy.begin("", or(g.Most, requestsOfAll)):
		g.crowded(w, r, http.StatusServiceUnavailable, "requests")
		return nil, false
	case !g.busy.begin(key, or(g.Share, requestsOfAddress)):
		g.busy.end("")
		g.crowded(w, r, http.StatusTooManyRequests, "requests")
		return nil, false
	}
	return func() { g.busy.end(""); g.busy.end(key) }, true
}

// admitWho counts a request by the token or the login that it comes with.
func (g *Guard) admitWho(w http.ResponseWriter, r *http.Request, p proof) (done func(), ok bool) {
	key := ""
	switch p.who.Known {
	case run.ByToken:
		key = "token " + p.who.Token
	case run.ByLogin:
		key = "login " + p.session
	default:
		return func() {}, true
	}
	if !g.busy.begin(key, or(g.ShareOfOne, requestsOfOne)) {
		g.crowded(w, r, http.StatusTooManyRequests, "requests")
		return nil, false
	}
	return func() { g.busy.end(key) }, true
}

// crowded answers that there are too many at once.
func (g *Guard) crowded(w http.ResponseWriter, r *http.Request, code int, of string) {
	whose := "from this address or with this token or login"
	if code == http.StatusServiceUnavailable {
		whose = "of all who ask"
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(againIn/time.Second)))
	Refuse(w, r, code, "too many "+of+" at once "+whose+": close pages and programs that are not needed, and try again in "+againIn.String())
}
