// Package decide says which flows an arrival triggers, and with which of its
// objects, and explains the decision.
//
// Compiled triggers and the texts of objects come in, results go out. It is
// pure: no clock, no file, no network, no log. Results hold values of patients'
// objects, for operators to see in the state database; they must never be
// logged.
package decide

import (
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
)

// Header gives the texts of an object's elements; [dcm.Header] is one.
type Header interface {
	Texts(dcm.Path) []string
}

// Object is one object of an arrival and who sent it.
type Object struct {
	Header      Header
	CallingAET  string
	CalledAET   string
	PeerAddress string
	Fault       string // why its header could not be read to its end; "": it could
}

// Arrival is the objects of one arrival, made ready to be matched against
// several flows: each tag is read once.
type Arrival struct {
	objects []Object
	columns map[string]*column
}

// NewArrival returns the arrival of some objects. It is for one goroutine, and
// reads the objects while it is matched.
func NewArrival(objects []Object) *Arrival {
	return &Arrival{objects: objects, columns: map[string]*column{}}
}

// Match matches one flow against some objects. To match several flows, use
// [NewArrival].
func Match(m *flow.Matcher, objects []Object) *Result { return NewArrival(objects).Match(m) }

// Match matches one flow: every trigger has to select at least one object, and
// no object may be vetoed.
func (a *Arrival) Match(m *flow.Matcher) *Result {
	r := &Result{Flow: m.ID.Name, Version: m.ID.Version, Verdict: NoMatch, Objects: len(a.objects), Triggers: []Trigger{}}
	r.Unread = a.unread()
	selected := make([]bool, len(a.objects))
	var effort flow.Effort
	matched, vetoed := len(m.Triggers) > 0, false
	for i, tags := range m.Triggers {
		t := a.trigger(tags, &effort)
		if t.report.Miss = t.miss(a); t.report.Miss != nil {
			t.report.Miss.Trigger = i
		}
		if m.Exclude != flow.ExcludeFile && t.report.Excluded > 0 {
			vetoed = true
			if r.Veto == nil {
				r.Veto = t.veto(a)
				r.Veto.Trigger = i
			}
		}
		matched = matched && t.report.Selected > 0
		for o := range selected {
			selected[o] = selected[o] || t.selects(o)
		}
		r.Triggers = append(r.Triggers, t.report)
	}
	switch {
	case vetoed:
		r.Verdict = Vetoed
	case matched:
		r.Verdict = Matched
		for o, yes := range selected {
			if yes {
				r.Selected = append(r.Selected, o)
			}
		}
		r.Count = len(r.Selected)
	}
	return r
}

// unread tells of the objects whose headers could not be read to their end.
func (a *Arrival) unread() *Unread {
	var u *Unread
	for o := range a.objects {
		fault := a.objects[o].Fault
		switch {
		case fault == "":
		case u == nil:
			u = &Unread{Objects: 1, First: o, Why: fault}
		default:
			u.Objects++
		}
	}
	return u
}
