package agent

import (
	"github.com/raddeploy/raddeploy/core/access"
	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/metrics"
	"github.com/raddeploy/raddeploy/core/run"
)

// server is the DICOM door.
func (a *Agent) server() *dimse.Server {
	d := a.site.DICOM
	return &dimse.Server{
		Admit:           access.Peers{AETitle: d.AETitle, CheckCalledAE: d.CheckCalledAE, Peers: d.Peers}.Admit,
		NewSession:      a.receiver.NewSession,
		MaxPDU:          int(d.MaxPDU),
		MaxAssociations: d.MaxAssociations,
		IdleTimeout:     d.IdleTimeout,
		TLS:             a.tls,
		Logger:          a.logger.Named("dicom"),
	}
}

// api is the HTTP door.
func (a *Agent) api() *api.Server {
	return &api.Server{
		DB:     a.db,
		Log:    func(t run.Attempt, stream string) string { return a.engine.Layout.Log(t.Run, t.Task, t.Number, stream) },
		Doing:  a.progress.of,
		Source: a.engine.Layout.Source,
		Status: a.status,
		Flows:  a.flows,
		Logger: a.logger.Named("http"),
	}
}

// metrics is what the agent tells at a scrape.
func (a *Agent) metrics() metrics.Source {
	return metrics.Source{
		Version: a.version,
		Flows: func() map[string]int {
			states := make(map[string]int)
			for _, f := range a.flows.List() {
				states[string(f.State)]++
			}
			return states
		},
		FlowErrors: func() int { return len(a.flows.Errors()) },
		Executors: func() (shown []metrics.Executor) {
			for _, e := range a.executors {
				shown = append(shown, metrics.Executor{Instance: e.Instance(), Plugin: e.config.Plugin, Healthy: e.up(),
					CPUs: e.cpus(), GPUs: len(e.config.GPUs)})
			}
			return shown
		},
	}
}

func (a *Agent) status() api.Status {
	return api.Status{
		Version:      a.version,
		Site:         a.site.Name,
		AETitle:      string(a.site.DICOM.AETitle),
		DICOM:        address(a.dicom),
		Flows:        a.flows.Names(),
		FlowProblems: a.flows.Errors(),
		Executors:    a.shownExecutors(),
	}
}
