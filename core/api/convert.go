package api

import (
	"fmt"

	"github.com/raddeploy/raddeploy/core/run"
)

func arrivalOf(a run.Arrival, waits []string) Arrival {
	shown := Arrival{
		ID:        a.ID,
		State:     a.State,
		CallingAE: string(a.Sender.CallingAE),
		CalledAE:  string(a.Sender.CalledAE),
		Address:   a.Sender.Address,
		Objects:   a.Objects,
		Instances: a.Instances,
		Bytes:     a.Bytes,
		Opened:    a.Opened,
		Completed: when(a.Completed),
		Reason:    a.Reason,

		Completion:   a.Completion,
		FilesRemoved: when(a.FilesRemoved),
	}
	for _, uid := range a.Refused {
		shown.NotAccepted = append(shown.NotAccepted, string(uid))
	}
	if a.Rule.Groups() {
		shown.On, shown.Revision, shown.Previous = a.Rule.On(), a.Revision, a.Previous
		shown.WaitsFor = waits
		if a.UID.Valid() { // else it is the id of an association
			shown.UID = string(a.UID)
		}
		for _, s := range a.Senders {
			shown.Senders = append(shown.Senders, Sender{CallingAE: string(s.CallingAE), CalledAE: string(s.CalledAE), Address: s.Address})
		}
	}
	return shown
}

func runOf(r run.Run) Run {
	return Run{
		ID:         r.ID,
		State:      r.State,
		Arrival:    r.Arrival,
		Flow:       r.Flow,
		Version:    r.Version,
		Digest:     r.Digest,
		Priority:   r.Priority,
		Objects:    r.Selected,
		CallingAE:  string(r.Sender.CallingAE),
		Patient:    r.Patient,
		Reason:     r.Reason,
		Received:   when(r.Received),
		Created:    r.Created,
		Dispatched: when(r.Dispatched),
		Finished:   when(r.Finished),
		Sent:       when(r.Sent),

		FilesRemoved: when(r.FilesRemoved),
		LogsRemoved:  when(r.LogsRemoved),
	}
}

func attemptOf(a run.Attempt, doing string) Attempt {
	return Attempt{
		ID:       a.ID,
		State:    a.State,
		Number:   a.Number,
		Executor: a.Executor,
		GPUs:     a.GPUs,
		Doing:    doing,
		Reason:   a.Reason,
		Exit:     exitOf(a.Exit),
		Started:  when(a.Started),
		Ended:    when(a.Ended),
		RanOn:    ranOn(a.RanOn),
		Warnings: a.Warnings,
	}
}

// ranOn is what an attempt ran on; nil of one that has not ended, or ended before
// that was recorded.
func ranOn(on run.RanOn) *RanOn {
	if on.Image == "" {
		return nil
	}
	return &RanOn{
		Image:         on.Image,
		Digest:        on.Digest,
		Plugin:        on.Plugin,
		PluginVersion: on.PluginVersion,
		Node:          on.Node,
		Devices:       on.Devices,
		CPUSeconds:    on.CPU.Seconds(),
		MemoryPeak:    on.MemoryPeak,
	}
}

func deliveryOf(d run.Delivery, objects []run.DeliveryObject) Delivery {
	to := Delivery{
		ID:          d.ID,
		Run:         d.Run,
		State:       d.State,
		Destination: d.Destination.String(),
		Host:        d.Destination.Host,
		Port:        d.Destination.Port,
		AETitle:     string(d.Destination.AETitle),
		Tries:       d.Tries,
		Objects:     d.Objects,
		Sent:        d.SentObjects,
		Committed:   d.Committed,
		Asks:        d.Asks,
		Reason:      d.Reason,
		Superseded:  d.Superseded,
		Results:     []Result{},
	}
	if d.State == run.DeliveryPending || d.State == run.DeliveryUncommitted {
		to.NextTry = when(d.NextTry)
	}
	for _, o := range objects {
		to.Results = append(to.Results, Result{
			File:           shownName(o.File),
			SOPClassUID:    string(o.SOPClassUID),
			SOPInstanceUID: string(o.SOPInstanceUID),
			State:          o.State,
			Status:         statusOf(&o),
			Reason:         o.Reason,
		})
	}
	return to
}

// statusOf is the status that a peer answered for an object, of which 0 is one; nil:
// it has not answered.
func statusOf(o *run.DeliveryObject) *uint16 {
	if o.Status == 0 && o.State != run.ObjectSent && o.State != run.ObjectCommitted {
		return nil
	}
	status := o.Status // the object, of which there may be thousands, need not be kept
	return &status
}

// StatusText is the status of a result as PS3.7 writes it; "": there is none, or it
// is Success.
func (r Result) StatusText() string {
	if r.Status == nil || *r.Status == 0 {
		return ""
	}
	return fmt.Sprintf("%04X", *r.Status)
}

func convert[A, B any](all []A, one func(A) B) []B {
	converted := make([]B, 0, len(all)) // an empty list is [] in JSON
	for _, a := range all {
		converted = append(converted, one(a))
	}
	return converted
}
