package agent

import (
	"github.com/raddeploy/raddeploy/core/retain"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
)

// newRetainer makes what removes old files and rows.
func (a *Agent) newRetainer() *retain.Retainer {
	r := a.site.Retention
	return &retain.Retainer{
		Store:   a.DB,
		Files:   spoolFiles{a.Spool, a.Spool.Runs()},
		Limits:  retain.Limits{Files: r.Files, Logs: r.Logs, Runs: r.Runs, FilesMin: r.FilesMin},
		Reserve: a.Reserve,
		Open:    func(id run.ArrivalID) bool { return a.receiver.Open(id) },
		Logger:  a.logger.Named("retain"),
	}
}

// spoolFiles are the files of arrivals and of runs.
type spoolFiles struct {
	*spool.Spool
	spool.Runs
}
