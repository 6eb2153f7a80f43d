package assemble

import (
	"slices"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
)

// placer decides which arrivals of series and studies objects of one
// association go into.
type placer struct {
	rules       []flow.Rule // that the association's objects are grouped by
	association run.ArrivalID
	objects     []run.Object
	came        []time.Time // when each object came, by the clock as it is now
	now         time.Time
	mint        func() run.ArrivalID
}

// group is the objects that have one Series or Study Instance UID.
type group struct {
	uid     dcm.UID
	objects []int
}

// place implements [run.Place].
func (p *placer) place(known func([]dcm.UID) (map[dcm.UID][]run.Arrival, error)) ([]run.Placing, error) {
	groups := map[string][]group{}
	var uids []dcm.UID
	for _, on := range []string{flow.OnSeries, flow.OnStudy} {
		groups[on] = p.groups(on)
		for _, g := range groups[on] {
			uids = append(uids, g.uid)
		}
	}
	arrivals, err := known(uids)
	if err != nil {
		return nil, err
	}
	var all []run.Placing
	for _, on := range []string{flow.OnSeries, flow.OnStudy} {
		for _, g := range groups[on] {
			of := slices.DeleteFunc(slices.Clone(arrivals[g.uid]), func(a run.Arrival) bool { return a.Rule.On() != on })
			placed, err := p.into(on, g, of)
			if err != nil {
				return nil, err
			}
			all = append(all, placed...)
		}
	}
	return all, nil
}

// groups are the objects by their UID, in the order in which they came. Objects
// without one make a group of their association's: nothing shows that they
// belong to those of another.
func (p *placer) groups(on string) []group {
	var all []group
	at := map[dcm.UID]int{}
	for i := range p.objects {
		uid := p.objects[i].UIDBy(on)
		if uid == "" {
			uid = dcm.UID(p.association)
		}
		k, ok := at[uid]
		if !ok {
			k = len(all)
			at[uid] = k
			all = append(all, group{uid: uid})
		}
		all[k].objects = append(all[k].objects, i)
	}
	return all
}

// into places a group. Whatever the rules are now, an arrival that waits for
// the UID takes all that comes. Each rule that has none that waits begins one.
func (p *placer) into(on string, g group, known []run.Arrival) ([]run.Placing, error) {
	var placed []run.Placing
	waits := func(a run.Arrival) bool { return a.State == run.ArrivalReceiving }
	for _, a := range known {
		if waits(a) {
			one, err := p.join(a, g)
			if err != nil {
				return nil, err
			}
			placed = append(placed, one)
		}
	}
	for _, rule := range p.rules {
		if rule.On() != on || !rule.Groups() {
			continue
		}
		of := slices.DeleteFunc(slices.Clone(known), func(a run.Arrival) bool { return !rule.Takes(a.Rule, p.rules) })
		if slices.ContainsFunc(of, waits) {
			continue
		}
		one, err := p.open(rule, g, of)
		if err != nil {
			return nil, err
		}
		placed = append(placed, one)
	}
	return placed, nil
}

// join adds a group to an arrival that waits.
func (p *placer) join(a run.Arrival, g group) (run.Placing, error) {
	c, err := a.Rule.Complete()
	if err != nil {
		return run.Placing{}, err
	}
	_, last := p.span(g)
	if last.Before(a.Last) {
		last = a.Last
	}
	return run.Placing{Into: a, Objects: g.objects, Last: last, Due: due(c, last, a.Deadline)}, nil
}

// open begins an arrival: a revision, if one of the UID was complete not long ago.
func (p *placer) open(rule flow.Rule, g group, before []run.Arrival) (run.Placing, error) {
	c, err := rule.Complete()
	if err != nil {
		return run.Placing{}, err
	}
	first, last := p.span(g)
	a := run.Arrival{ID: p.mint(), Rule: rule, UID: g.uid, Revision: 1, Opened: first, Last: last, Deadline: first.Add(c.MaxWait)}
	if base := latest(before); base != nil && base.FilesRemoved.IsZero() && p.now.Sub(base.Completed) <= c.LateWindow {
		a.Previous, a.Revision = base.ID, before[len(before)-1].Revision+1
	}
	return run.Placing{Into: a, Objects: g.objects, Last: last, Due: due(c, last, a.Deadline)}, nil
}

// latest is the newest arrival that late objects can be late for.
func latest(arrivals []run.Arrival) *run.Arrival {
	for i := range slices.Backward(arrivals) {
		switch arrivals[i].State {
		case run.ArrivalComplete, run.ArrivalMatched, run.ArrivalUnmatched, run.ArrivalIncomplete:
			return &arrivals[i]
		}
	}
	return nil
}

// span is when the first and the last object of a group came.
func (p *placer) span(g group) (first, last time.Time) {
	for _, i := range g.objects {
		if came := p.came[i]; first.IsZero() || came.Before(first) {
			first = came
		}
		if p.came[i].After(last) {
			last = p.came[i]
		}
	}
	return first, last
}

// due is when an arrival is to be looked at that waits.
func due(c flow.Complete, last, deadline time.Time) time.Time {
	if at := last.Add(c.Idle); at.Before(deadline) {
		return at
	}
	return deadline
}
