package assemble

import (
	"context"
	"sync"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/match/decide"
	"github.com/raddeploy/raddeploy/core/run"
)

// Headers reads objects. A header that cannot be read to its end comes with an
// error and what could be read.
type Headers interface {
	Header(file string) (*dcm.Header, error)
}

// expected remembers what waiting arrivals have of what is expected, so that
// each header is read once. It is lost with the process, and read again.
type expected struct {
	mu  sync.Mutex
	all map[run.ArrivalID]*progress
}

// progress is how far the objects of one arrival were looked at.
type progress struct {
	mu     sync.Mutex
	upTo   int64  // the newest object that was looked at
	here   []bool // for each trigger
	expect []*flow.Matcher
	wanted []dcm.Path
}

// missing names the triggers of which no object has come.
func (e *expected) missing(ctx context.Context, store Store, headers Headers, arrival run.Arrival, rule flow.Complete) ([]string, error) {
	if len(rule.Expect) == 0 {
		return nil, nil
	}
	p, err := e.of(arrival.ID, rule)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.upTo == 0 && arrival.Previous != "" { // whose objects it takes in
		if err := p.look(ctx, store, headers, arrival.Previous); err != nil {
			return nil, err
		}
	}
	if err := p.look(ctx, store, headers, arrival.ID); err != nil {
		return nil, err
	}
	var all []string
	for i, trigger := range rule.Expect {
		if !p.here[i] {
			all = append(all, trigger.Named())
		}
	}
	return all, nil
}

func (e *expected) of(arrival run.ArrivalID, rule flow.Complete) (*progress, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if p := e.all[arrival]; p != nil {
		return p, nil
	}
	matchers, err := rule.Expected()
	if err != nil {
		return nil, err
	}
	if e.all == nil {
		e.all = map[run.ArrivalID]*progress{}
	}
	p := &progress{expect: matchers, here: make([]bool, len(matchers)), wanted: decide.Wanted(matchers)}
	e.all[arrival] = p
	return p, nil
}

func (e *expected) forget(arrival run.ArrivalID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.all, arrival)
}

// look reads the objects that came since it last did, until all that is
// expected is here.
func (p *progress) look(ctx context.Context, store Store, headers Headers, arrival run.ArrivalID) error {
	if !p.lacks() {
		return nil
	}
	objects, err := store.NewObjects(ctx, arrival, p.upTo)
	if err != nil || len(objects) == 0 {
		return err
	}
	senders, err := store.SentBy(ctx, arrival)
	if err != nil {
		return err
	}
	for i := range objects {
		header, _ := headers.Header(objects[i].File) // as far as it can be read, as for flows
		candidate := decide.Candidates([]decide.Header{decide.TextsOf(header, p.wanted)}, func(int) run.Sender { return senders[objects[i].Association()] })
		for k, matcher := range p.expect {
			p.here[k] = p.here[k] || decide.Match(matcher, candidate).Verdict == decide.Matched
		}
		if p.upTo = objects[i].ID; !p.lacks() {
			return nil
		}
	}
	return nil
}

func (p *progress) lacks() bool {
	for _, here := range p.here {
		if !here {
			return true
		}
	}
	return false
}
