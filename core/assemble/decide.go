package assemble

import (
	"fmt"
	"strings"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
)

// OnAbort says what becomes of the objects of an association that broke off.
type OnAbort string

// What becomes of them.
const (
	// they wait as an incomplete arrival, for an operator or for the sender's
	// next try
	Hold    OnAbort = "hold"
	Process OnAbort = "process" // they are an arrival all the same
	Discard OnAbort = "discard" // they are deleted
)

// state is what an arrival becomes whose association broke off.
func (o OnAbort) state() run.ArrivalState {
	switch o {
	case Process:
		return run.ArrivalComplete
	case Discard:
		return run.ArrivalDiscarded
	}
	return run.ArrivalIncomplete
}

// closing says how an arrival ends that is to go to a state for a reason. One
// without any object is of no use, and is discarded; objects that storage commitment
// was asked for are kept, whatever the site wants. Where nothing asks for
// associations, it only was a part of other arrivals; own says that something
// does.
func closing(this run.Content, to run.ArrivalState, reason string, own bool) run.Closing {
	switch {
	case this.Objects == 0:
		return run.Closing{State: run.ArrivalDiscarded, Reason: strings.TrimSpace(reason + " (no object was kept)")}
	case this.Rule == flow.NoRule && !own:
		return run.Closing{State: run.ArrivalGrouped, Reason: reason}
	case to == run.ArrivalDiscarded && this.Asked: // its sender may delete them on our word
		to, reason = run.ArrivalIncomplete, reason+"; kept: storage commitment was asked for"
	}
	return run.Closing{State: to, Reason: reason, Own: this.Rule == flow.NoRule}
}

// superseded says which objects of the incomplete arrivals a complete one takes
// over: those that the same sender sent again. Whatever else such an arrival
// holds stays there, because a fragment of another series, even of the same
// study, must not get into a run.
func superseded(by run.Content, tries run.Tries) []run.Superseding {
	again := whatIsSentAgain(tries.Sent)
	var all []run.Superseding
	for _, old := range tries.Before {
		if old.Seq >= by.Seq || !old.Sender.Same(by.Sender) {
			continue
		}
		part := again.of(old.Kept)
		switch len(part) {
		case 0:
		case len(old.Kept):
			all = append(all, run.Superseding{Arrival: old.Arrival, Reason: "sent again as " + string(by.Arrival)})
		default:
			reason := fmt.Sprintf("%s; %d of %s sent again as %s", old.Reason, len(part), problem.Counted(len(old.Kept), "object"), by.Arrival)
			all = append(all, run.Superseding{Arrival: old.Arrival, Reason: reason, Part: part})
		}
	}
	return all
}

// sentAgain is the series and SOP instances that show that an object is sent
// again. The empty UID is never among them.
type sentAgain struct{ series, instances map[dcm.UID]bool }

func whatIsSentAgain(sent []run.Kept) sentAgain {
	s := sentAgain{map[dcm.UID]bool{}, map[dcm.UID]bool{}}
	for _, o := range sent {
		s.series[o.Series] = true
		s.instances[o.Instance] = true
	}
	delete(s.series, "")
	delete(s.instances, "")
	return s
}

// of returns the ids of the objects that are sent again.
func (s sentAgain) of(kept []run.Kept) []int64 {
	var ids []int64
	for _, o := range kept {
		if s.series[o.Series] || s.instances[o.Instance] {
			ids = append(ids, o.ID)
		}
	}
	return ids
}
