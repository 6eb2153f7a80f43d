package rehearse

import (
	"slices"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
)

// Arrival is objects that would arrive together.
type Arrival struct {
	Rule    string  // association, series or study
	UID     dcm.UID // of the series or study; "" for an association
	Objects []Object
	// Repeated is how many files were left out because a later one has the same
	// SOP instance UID: the last one wins.
	Repeated int
	// Missing names what the rule expects and no object is: at a site the arrival
	// is complete only when max_wait is over.
	Missing []string
}

// Group makes arrivals of objects: one of all of them, as one association
// brings them, or one for each series or study, in the order in which those are
// met. Objects that name none count as what one association brought.
func Group(objects []Object, rule string) []Arrival {
	if rule != flow.OnSeries && rule != flow.OnStudy {
		rule = flow.OnAssociation
	}
	var arrivals []Arrival
	index := map[dcm.UID]int{}
	for i := range objects {
		uid := objects[i].UIDBy(rule)
		at, ok := index[uid]
		if !ok {
			at = len(arrivals)
			index[uid] = at
			arrivals = append(arrivals, Arrival{Rule: rule, UID: uid})
		}
		arrivals[at].Objects = append(arrivals[at].Objects, objects[i])
	}
	for i := range arrivals {
		arrivals[i].single()
	}
	return arrivals
}

// single leaves one object of each SOP instance UID.
func (a *Arrival) single() {
	last := map[dcm.UID]int{}
	for i, o := range a.Objects {
		if o.SOPInstanceUID != "" {
			last[o.SOPInstanceUID] = i
		}
	}
	all := len(a.Objects)
	i := -1
	a.Objects = slices.DeleteFunc(a.Objects, func(o Object) bool {
		i++
		return o.SOPInstanceUID != "" && last[o.SOPInstanceUID] != i
	})
	a.Repeated = all - len(a.Objects)
}

// All returns the indexes of all objects of an arrival: what a flow without
// triggers works on, which is started by hand.
func (a *Arrival) All() []int {
	all := make([]int, len(a.Objects))
	for i := range all {
		all[i] = i
	}
	return all
}
