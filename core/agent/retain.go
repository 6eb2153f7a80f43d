package agent

import (
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/retain"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
)

// newRetainer makes what removes old files and rows.
func (a *Agent) newRetainer() *retain.Retainer {
	return &retain.Retainer{
		Store:   a.DB,
		Files:   spoolFiles{a.Spool, a.Spool.Runs()},
		Limits:  limits(a.site.Retention),
		Reserve: a.Reserve,
		Open:    func(id run.ArrivalID) bool { return a.receiver.Open(id) },
		Logger:  a.logger.Named("retain"),
	}
}

// limits are how long a site keeps what.
func limits(r config.Retention) retain.Limits {
	return retain.Limits{Files: r.Files, Logs: r.Logs, Runs: r.Runs, FilesMin: r.FilesMin}
}

// spoolFiles are the files of arrivals and of runs.
type spoolFiles struct {
	*spool.Spool
	spool.Runs
}
