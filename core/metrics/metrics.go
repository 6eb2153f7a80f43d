// Package metrics tells how the agent is, in the words of Prometheus. In come
// what the verbs count, as calls of [Counters], and what is asked at each scrape;
// a page of text goes out. docs/metrics.md lists what is on it.
//
// No label names a patient, a study or a file. Peers and destinations have labels
// if the site's file names them, and the others are counted together, so that
// what a peer sends cannot make more series; flows and models are bounded, too.
package metrics

import (
	"context"
	"net/http"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/raddeploy/raddeploy/core/access"
	"github.com/raddeploy/raddeploy/core/fleet"
	"github.com/raddeploy/raddeploy/core/flowset"
	"github.com/raddeploy/raddeploy/core/retain"
	"github.com/raddeploy/raddeploy/core/state"
)

// Source is asked at each scrape.
type Source struct {
	Version   string
	Counters  *Counters
	Flows     Flows
	Fleet     Fleet
	Retention Retention
	Database  Database
	Disk      Disk
	// Certificates are those that the agent shows to its peers; nil: none.
	Certificates func() []access.Certificate
	// Notify are the names of the site's notify blocks; nil: it has none.
	Notify func() []string
	Logger hclog.Logger
}

// Flows are the flows of a site; [flowset.Set] is one.
type Flows interface {
	List() []flowset.Flow
	Errors() []string // in their files
}

// Fleet is the executors of a site; [fleet.Fleet] is one.
type Fleet interface{ Statuses() []fleet.Status }

// Retention is what removes old files and rows; [retain.Retainer] is one.
type Retention interface {
	Counts() []retain.Count // since the agent started
	Stuck() int             // arrivals and runs of which some files cannot be removed
}

// Database is the state database; [state.DB] is one.
type Database interface {
	Backlog(context.Context) (state.Backlog, error)
	PendingMessagesOf(context.Context) (map[string]int, error) // by notify block
	LastContacts(context.Context) ([]state.LastContact, error)
	DiskSize() (int64, error)
}

// Disk is the disk of the data folder; [spool.Reserve] is one.
type Disk interface {
	Free() (uint64, error) // bytes
	Bytes() uint64         // that stay free
}

// readTimeout is how long a scrape may read the database.
const readTimeout = 10 * time.Second

// Handler answers scrapes.
func Handler(s Source) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(&collector{s}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}
