package agent

import (
	"net/http"

	"github.com/raddeploy/raddeploy/core/access"
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/metrics"
	"github.com/raddeploy/raddeploy/core/run"
)

// count has the verbs count what they do.
func (a *Agent) count() {
	a.counters = metrics.NewCounters(a.namedPeers, a.Site.Destinations)
	a.receiver.Counted = a.counters.Receiving
	a.matcher.Matched = a.counters.Matched
	a.Scheduler.Watch = a.counters
	a.deliverer.Tried = a.counters.Tried
	a.notifier.Ended = a.counters.Told
	a.DB.OnCommit(a.counters.Committed)
}

// namedPeers are the peers that the site names.
func (a *Agent) namedPeers() []config.Peer { return a.Site.Site().DICOM.Peers }

// acceptLines are what the site's file needs to accept a sender that was rejected.
func (a *Agent) acceptLines(sender run.Sender) string {
	return access.AcceptLines(&a.Site.Site().DICOM, sender)
}

// scrapes answers Prometheus.
func (a *Agent) scrapes() http.Handler {
	return metrics.Handler(metrics.Source{
		Version:      a.version,
		Counters:     a.counters,
		Flows:        a.flows,
		Fleet:        a.Fleet,
		Retention:    a.retainer,
		Database:     a.DB,
		Disk:         a.Reserve,
		Certificates: a.certificates,
		Notify:       a.notifyBlocks,
		Logger:       a.logger.Named("metrics"),
	})
}
