package assemble

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
)

// rules are the rules of completion in use.
func (a *Assembler) rules() []flow.Rule {
	if a.Rules == nil {
		return []flow.Rule{flow.ByAssociation}
	}
	return a.Rules()
}

// groups reports whether one of some rules groups objects by series or study.
func groups(rules []flow.Rule) bool { return slices.ContainsFunc(rules, flow.Rule.Groups) }

// placing is how objects of an association are put into arrivals of series and
// studies.
type placing struct {
	rules []flow.Rule // that the association's objects are grouped by
	place run.Place   // nil: nothing groups objects
	// placed is called when they are recorded.
	placed func()
}

// placing prepares that objects of an association are recorded.
func (a *Assembler) placing(ctx context.Context, association run.ArrivalID, objects []run.Object) (placing, error) {
	none := placing{rules: a.rulesOf(association), placed: func() {}}
	if groups(none.rules) {
		a.settled.Store(false)
	} else if a.settled.Load() {
		return none, nil
	}
	if len(objects) == 0 {
		return none, nil
	}
	if err := a.steady(ctx); err != nil {
		return none, err
	}
	now := a.now()
	p := placer{rules: none.rules, association: association, objects: objects, now: now, mint: a.mint}
	if p.mint == nil {
		p.mint = run.NewArrivalID
	}
	for _, o := range objects {
		p.came = append(p.came, came(o.Received, now))
	}
	var soonest time.Time
	return placing{
		rules: none.rules,
		place: func(known func([]dcm.UID) (map[dcm.UID][]run.Arrival, error)) ([]run.Placing, error) {
			placings, err := p.place(known)
			soonest = time.Time{}
			for _, one := range placings {
				if soonest.IsZero() || one.Due.Before(soonest) {
					soonest = one.Due
				}
			}
			return placings, err
		},
		placed: func() {
			if !soonest.IsZero() && a.plan.sooner(soonest) {
				a.signal().Wake()
			}
		},
	}, nil
}

// rulesOf are the rules that an association's objects are grouped by: those that
// were in use when it began, so that all its objects are grouped alike. Of what
// an earlier agent left, those of now.
func (a *Assembler) rulesOf(association run.ArrivalID) []flow.Rule {
	a.mu.Lock()
	defer a.mu.Unlock()
	if rules, ok := a.asked[association]; ok {
		return rules
	}
	return a.rules()
}

// ask sets by which rules an association's objects are grouped.
func (a *Assembler) ask(association run.ArrivalID, rules []flow.Rule) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.asked == nil {
		a.asked = map[run.ArrivalID][]flow.Rule{}
	}
	a.asked[association] = rules
}

// plan is when the loop looks next.
type plan struct {
	mu       sync.Mutex
	next     time.Time // when the loop wakes by itself
	earliest time.Time // the earliest that was recorded since its last look; zero: none
}

// sooner records that an arrival may be complete at a moment. It reports true
// if the loop would sleep then.
func (p *plan) sooner(at time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.earliest.IsZero() || at.Before(p.earliest) {
		p.earliest = at
	}
	return at.Before(p.next)
}

// look begins a look of the loop. Until it sleeps, nothing need wake it.
func (p *plan) look() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next, p.earliest = time.Time{}, time.Time{}
}

// sleep returns how long the loop sleeps that wants to sleep for some time.
func (p *plan) sleep(now time.Time, wanted time.Duration) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.earliest.IsZero() {
		wanted = min(wanted, max(p.earliest.Sub(now), 0))
	}
	p.next = now.Add(wanted)
	return wanted
}
