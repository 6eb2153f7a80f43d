package agent

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
)

// deliveries says where the results of a run go: back to its sender first, then
// to the flow's destinations.
func (a *Agent) deliveries(open *openRun, now time.Time) []run.Delivery {
	if open.flow.Mode == flow.Shadow {
		return nil
	}
	var all []run.Delivery
	add := func(to run.Destination) {
		all = append(all, run.Delivery{Run: open.run.ID, Destination: to, NextTry: now, GiveUp: now.Add(a.site.Delivery.GiveUpAfter)})
	}
	for _, port := range open.flow.ReturnToSenderOnPorts {
		sender := open.run.Sender
		add(run.Destination{Host: sender.Address, Port: port, AETitle: sender.CallingAE})
	}
	for _, d := range open.flow.Destinations {
		add(a.destination(d))
	}
	return all
}

// destination is where a flow's destination leads. A name that the site does
// not know (any more) leads nowhere; the delivery fails and says so.
func (a *Agent) destination(d flow.Destination) run.Destination {
	if d.Name == "" {
		return run.Destination{Host: d.Host, Port: d.Port, AETitle: dcm.AETitle(d.AETitle)}
	}
	for _, known := range a.site.Destinations {
		if known.Name == d.Name {
			return run.Destination{Name: known.Name, Host: known.Host, Port: known.Port, AETitle: known.AETitle}
		}
	}
	return run.Destination{Name: d.Name}
}

// outputs returns the folders of a run that are to be sent, below its folder:
// those of its outputs named dst….
func (a *Agent) outputs(ctx context.Context, id run.ID) ([]string, error) {
	r, err := a.db.Run(ctx, string(id))
	if err != nil {
		return nil, err
	}
	open, err := a.openRun(ctx, r)
	if err != nil {
		return nil, err
	}
	var folders []string
	for i, model := range open.flow.Models {
		for _, output := range model.Outputs {
			if !strings.HasPrefix(output.Name, flow.Dst) {
				continue
			}
			folder, err := filepath.Rel(a.engine.Layout.Run(id), a.engine.Layout.Output(id, i, open.tasks[i].Tries, output.Name))
			if err != nil {
				return nil, err
			}
			folders = append(folders, folder)
		}
	}
	return folders, nil
}
