package schedule

import (
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
)

// deliveries says where the results of a run go: back to its senders first, then
// to the flow's destinations.
func (s *Scheduler) deliveries(open *openRun, now time.Time) []run.Delivery {
	since := s.Clock.Running()
	if open.flow.Mode == flow.Shadow {
		return nil
	}
	var all []run.Delivery
	add := func(to run.Destination) {
		all = append(all, run.Delivery{Run: open.run.ID, Destination: to, NextTry: now, Since: since})
	}
	for _, port := range open.flow.ReturnToSenderOnPorts {
		for _, sender := range open.run.AllSenders() {
			add(run.Destination{Host: sender.Address, Port: port, AETitle: sender.CallingAE})
		}
	}
	for _, d := range open.flow.Destinations {
		add(s.destination(d))
	}
	return all
}

// destination is where a flow's destination leads. A name that the site does not
// know any more leads nowhere; the delivery fails and says so.
func (s *Scheduler) destination(d flow.Destination) run.Destination {
	if d.Name == "" {
		return run.Destination{Host: d.Host, Port: d.Port, AETitle: dcm.AETitle(d.AETitle)}
	}
	known, ok := s.Destinations.Named(d.Name)
	if !ok {
		return run.Destination{Name: d.Name}
	}
	return known.ForRuns()
}
