package api

import (
	"net/url"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// RunQuery says which runs are wanted. Zero fields do not matter.
type RunQuery struct {
	States []run.State
	Flow   string // a name, or NAME@VERSION
	Sender string // calling AE title
	// What is known of the patient, which is sent in the body of a request only.
	Patient   string // how the patient as a run shows it begins
	Accession string // Accession Number of one of its studies
	StudyDate string // of one of its studies, such as 2026-03-01
	Arrival   run.ArrivalID
	Since     time.Time // created then or later
	Until     time.Time // created before
	Paging
}

func runQuery(v *values) RunQuery {
	return RunQuery{
		States: states(v, run.RunStates()), Flow: v.text("flow"), Sender: v.text("sender"),
		Patient: v.patient("patient"), Accession: v.patient("accession"), StudyDate: v.patient("study_date"), Arrival: run.ArrivalID(v.text("arrival")),
		Since: v.time("since"), Until: v.time("until"), Paging: v.paging(),
	}
}

func (q RunQuery) values() url.Values {
	v := begun(q.States, q.Sender, q.Since, q.Until, q.Paging)
	set(v, "flow", q.Flow)
	set(v, "arrival", string(q.Arrival))
	return v
}

// ArrivalQuery says which arrivals are wanted. Zero fields do not matter.
type ArrivalQuery struct {
	States []run.ArrivalState
	Sender string    // calling AE title
	Since  time.Time // opened then or later
	Until  time.Time // opened before
	Paging
}

func arrivalQuery(v *values) ArrivalQuery {
	return ArrivalQuery{
		States: states(v, run.ArrivalStates()), Sender: v.text("sender"), Since: v.time("since"), Until: v.time("until"), Paging: v.paging(),
	}
}

func (q ArrivalQuery) values() url.Values {
	return begun(q.States, q.Sender, q.Since, q.Until, q.Paging)
}

// DeliveryQuery says which deliveries are wanted. Zero fields do not matter.
type DeliveryQuery struct {
	States      []run.DeliveryState
	Destination string // by its name
	Paging
}

func deliveryQuery(v *values) DeliveryQuery {
	return DeliveryQuery{States: states(v, run.DeliveryStates()), Destination: v.text("destination"), Paging: v.paging()}
}

func (q DeliveryQuery) values() url.Values {
	v := url.Values{}
	addStates(v, q.States)
	set(v, "destination", q.Destination)
	q.add(v)
	return v
}

// TaskQuery says which tasks are wanted. Zero fields do not matter.
type TaskQuery struct {
	States   []run.TaskState
	Flow     string    // a name, or NAME@VERSION
	Run      run.ID    // or how it begins
	Executor string    // that an attempt at it was given to, by its name
	Since    time.Time // of runs that were created then or later
	Until    time.Time // of runs that were created before
	Paging
}

func taskQuery(v *values) TaskQuery {
	return TaskQuery{
		States: states(v, run.TaskStates()), Flow: v.text("flow"), Run: run.ID(v.text("run")), Executor: v.text("executor"),
		Since: v.time("since"), Until: v.time("until"), Paging: v.paging(),
	}
}

func (q TaskQuery) values() url.Values {
	v := begun(q.States, "", q.Since, q.Until, q.Paging)
	set(v, "flow", q.Flow)
	set(v, "run", string(q.Run))
	set(v, "executor", q.Executor)
	return v
}

// JournalQuery says which entries of the journal are wanted. Zero fields do not
// matter.
type JournalQuery struct {
	Action run.Action
	Thing  string // "run", "arrival", "executor", "flow" or "site"
	Of     string // the id of that
	By     string // who did it
	Result run.Result
	Since  time.Time
	Until  time.Time
	Paging
}

func journalQuery(v *values) JournalQuery {
	return JournalQuery{
		Action: run.Action(v.text("action")), Thing: v.text("thing"), Of: v.text("of"), By: v.text("by"), Result: run.Result(v.text("result")),
		Since: v.time("since"), Until: v.time("until"), Paging: v.paging(),
	}
}

func (q JournalQuery) values() url.Values {
	v := url.Values{}
	set(v, "action", string(q.Action))
	set(v, "thing", q.Thing)
	set(v, "of", q.Of)
	set(v, "by", q.By)
	set(v, "result", string(q.Result))
	setTime(v, "since", q.Since)
	setTime(v, "until", q.Until)
	q.add(v)
	return v
}

// begun is what asks for things of a sender that began within a time.
func begun[S ~string](states []S, sender string, since, until time.Time, p Paging) url.Values {
	v := url.Values{}
	addStates(v, states)
	set(v, "sender", sender)
	setTime(v, "since", since)
	setTime(v, "until", until)
	p.add(v)
	return v
}

func addStates[S ~string](v url.Values, all []S) {
	for _, state := range all {
		v.Add("state", string(state))
	}
}
