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
)

// Source is asked at each scrape.
type Source struct {
	Version string
	// Flows counts the flows by state: live, shadow, off, disabled, broken.
	Flows func() map[string]int
	// FlowErrors counts the errors in flow files.
	FlowErrors func() int
	Executors  func() []Executor
}

// Executor is an executor instance of the site.
type Executor struct {
	Instance string
	Plugin   string
	Healthy  bool
	CPUs     int // slots
	GPUs     int // devices
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
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("raddeploy_"+name, help, labels, nil)
}

type collector struct{ Source }

// Describe implements [prometheus.Collector].
func (c *collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{build, flows, flowErrors, healthy, cpus, gpus} {
		to <- d
	}
}

// Collect implements [prometheus.Collector].
func (c *collector) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	gauge(build, 1, c.Version)
	for state, n := range c.Flows() {
		gauge(flows, float64(n), state)
	}
	gauge(flowErrors, float64(c.FlowErrors()))
	for _, e := range c.Executors() {
		up := 0.0
		if e.Healthy {
			up = 1
		}
		gauge(healthy, up, e.Instance, e.Plugin)
		gauge(cpus, float64(e.CPUs), e.Instance, e.Plugin)
		gauge(gpus, float64(e.GPUs), e.Instance, e.Plugin)
	}
}
