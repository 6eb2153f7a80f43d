// Package metrics tells how the agent is, in the words of Prometheus. What is
// measured comes in as functions that are asked at each scrape; a page of text
// goes out. Labels name flows' states, executors and nothing else: no patient,
// no sender, no file.
package metrics

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/raddeploy/raddeploy/core/access"
	"github.com/raddeploy/raddeploy/core/fleet"
	"github.com/raddeploy/raddeploy/core/flowset"
	"github.com/raddeploy/raddeploy/core/retain"
)

// Source is asked at each scrape.
type Source struct {
	Version   string
	Flows     Flows
	Fleet     Fleet
	Retention Retention
	// Certificates are those that the agent shows to its peers; nil: none.
	Certificates func() []access.Certificate
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

// Handler answers scrapes.
func Handler(s Source) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(&collector{s}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

var (
	build      = describe("build_info", "The agent's version; always 1.", "version")
	flows      = describe("flows", "Flows by state: live, shadow, off, disabled, broken.", "state")
	flowErrors = describe("flow_file_errors", "Errors in flow files. What such a file held before stays in force.")
	healthy    = describe("executor_healthy", "1 if the executor's backend works, else 0.", "executor", "plugin")
	cpus       = describe("executor_cpu_slots", "CPU tasks that an executor takes at once.", "executor", "plugin")
	gpus       = describe("executor_gpus", "GPUs that an executor may use.", "executor", "plugin")
	removed    = describe("removed_total", "Files of logs, outputs and objects, and rows of runs and arrivals, that retention removed.", "kind")
	freed      = describe("removed_bytes_total", "Bytes that the disk got back by retention.", "kind")
	expires    = describe("certificate_expires_seconds", "When a certificate of a listener or a destination expires, in seconds since 1970; 0 if it cannot be read.", "of")
	stuck      = describe("removals_stuck", "Arrivals and runs of which some files cannot be removed now.")
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("raddeploy_"+name, help, labels, nil)
}

type collector struct{ Source }

// Describe implements [prometheus.Collector].
func (c *collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{build, flows, flowErrors, healthy, cpus, gpus, removed, freed, stuck, expires} {
		to <- d
	}
}

// Collect implements [prometheus.Collector].
func (c *collector) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	gauge(build, 1, c.Version)
	states := make(map[flowset.State]int)
	for _, f := range c.Flows.List() {
		states[f.State]++
	}
	for state, n := range states {
		gauge(flows, float64(n), string(state))
	}
	gauge(flowErrors, float64(len(c.Flows.Errors())))
	for _, e := range c.Fleet.Statuses() {
		up := 0.0
		if e.Health == fleet.Healthy {
			up = 1
		}
		gauge(healthy, up, e.Instance, e.Plugin)
		gauge(cpus, float64(e.CPUs), e.Instance, e.Plugin)
		gauge(gpus, float64(e.GPUs), e.Instance, e.Plugin)
	}
	for _, count := range c.Retention.Counts() {
		to <- prometheus.MustNewConstMetric(removed, prometheus.CounterValue, float64(count.Number), string(count.Kind))
		to <- prometheus.MustNewConstMetric(freed, prometheus.CounterValue, float64(count.Bytes), string(count.Kind))
	}
	gauge(stuck, float64(c.Retention.Stuck()))
	if c.Certificates == nil {
		return
	}
	for _, certificate := range c.Certificates() {
		at := 0.0
		if !certificate.Expires.IsZero() {
			at = float64(certificate.Expires.Unix())
		}
		gauge(expires, at, certificate.Of)
	}
}
