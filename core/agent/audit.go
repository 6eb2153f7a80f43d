package agent

import (
	"context"

	"github.com/raddeploy/raddeploy/core/audit"
)

// exportAudit tells the site's syslog server, if it has one, what the journal has.
func (a *Agent) exportAudit(ctx context.Context) error {
	syslog := a.site.Audit.Syslog
	if syslog == nil {
		return nil
	}
	server := &audit.Server{Site: a.site.Name, Syslog: *syslog}
	exporter := &audit.Exporter{Store: a.DB, Send: server.Send, Logger: a.logger.Named("audit")}
	return exporter.Run(ctx)
}
