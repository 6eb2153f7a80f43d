package web

import (
	"cmp"
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// ending are the routes after which a token or a login may not be valid any more.
var ending = []string{"POST /logout", "POST /v1/tokens/{id}/revoke", "POST /v1/sessions/{id}/end"}

// lasting are the requests that are being answered, such as streams of events. The
// zero value is ready.
type lasting struct {
	mu  sync.Mutex
	all map[*lastingRequest]bool
}

type lastingRequest struct {
	ctx    context.Context
	cancel context.CancelFunc
	again  func(context.Context) (run.Actor, error)
	role   run.Role
	every  time.Duration

	mu    sync.Mutex
	timer *time.Timer
}

// whileProven returns a context that ends when the token or the session of a
// request is not valid any more, or has another role.
func (g *Guard) whileProven(r *http.Request, p proof) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(r.Context())
	if p.again == nil {
		return ctx, cancel
	}
	one := &lastingRequest{ctx: ctx, cancel: cancel, again: p.again, role: p.who.Role, every: cmp.Or(g.Recheck, 30*time.Second)}
	one.mu.Lock()
	one.timer = time.AfterFunc(one.every, one.tick)
	one.mu.Unlock()
	g.lasting.add(one)
	return ctx, func() {
		g.lasting.remove(one)
		one.stop()
	}
}

func (l *lasting) add(one *lastingRequest) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[*lastingRequest]bool{}
	}
	l.all[one] = true
}

func (l *lasting) remove(one *lastingRequest) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.all, one)
}

// look ends the requests that are not proven any more.
func (l *lasting) look() {
	l.mu.Lock()
	all := make([]*lastingRequest, 0, len(l.all))
	for one := range l.all {
		all = append(all, one)
	}
	l.mu.Unlock()
	for _, one := range all {
		one.look()
	}
}

func (one *lastingRequest) look() {
	if now, err := one.again(one.ctx); err != nil || now.Role != one.role {
		one.cancel()
	}
}

// tick looks, and does so again later.
func (one *lastingRequest) tick() {
	one.look()
	one.mu.Lock()
	defer one.mu.Unlock()
	if one.ctx.Err() == nil {
		one.timer.Reset(one.every)
	}
}

func (one *lastingRequest) stop() {
	one.cancel()
	one.mu.Lock()
	defer one.mu.Unlock()
	one.timer.Stop()
}
