package assemble

import (
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/dcm"
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
// without any object is of no use, and is discarded.
func closing(this run.Content, to run.ArrivalState, reason string) run.Closing {
	if this.Objects == 0 {
		return run.Closing{State: run.ArrivalDiscarded, Reason: strings.TrimSpace(reason + " (no object was kept)")}
	}
	return run.Closing{State: to, Reason: reason}
}

// superseded says which of the incomplete arrivals a complete one supersedes:
// the same sender's earlier ones with a study in common. Objects that do not
// name their study have none in common: they may be of another patient.
func superseded(by run.Content, incomplete []run.Content) []run.Superseding {
	var all []run.Superseding
	for _, old := range incomplete {
		if old.Seq < by.Seq && sameSender(old.Sender, by.Sender) && inCommon(old.Studies, by.Studies) {
			all = append(all, run.Superseding{Arrival: old.Arrival, Reason: "sent again as " + string(by.Arrival)})
		}
	}
	return all
}

// sameSender is true whatever the receiver was called.
func sameSender(a, b run.Sender) bool { return a.CallingAE == b.CallingAE && a.Address == b.Address }

func inCommon(a, b []dcm.UID) bool {
	return slices.ContainsFunc(a, func(study dcm.UID) bool { return study != "" && slices.Contains(b, study) })
}
