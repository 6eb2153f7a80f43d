package metrics_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/fleet"
	"github.com/raddeploy/raddeploy/core/flowset"
	"github.com/raddeploy/raddeploy/core/metrics"
	"github.com/raddeploy/raddeploy/core/retain"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/schedule"
	"github.com/raddeploy/raddeploy/core/state"
)

type site struct {
	flows   []flowset.State
	errors  []string
	fleet   []fleet.Status
	removed []retain.Count
	broken  error // of the database and the disk
}

func (s *site) List() []flowset.Flow {
	var all []flowset.Flow
	for _, state := range s.flows {
		all = append(all, flowset.Flow{State: state})
	}
	return all
}

func (s *site) Errors() []string         { return s.errors }
func (s *site) Counts() []retain.Count   { return s.removed }
func (s *site) Stuck() int               { return 2 }
func (s *site) Statuses() []fleet.Status { return s.fleet }

func (s *site) Backlog(context.Context) (b state.Backlog, err error) { return b, s.broken }
func (s *site) LastContacts(context.Context) (all []state.LastContact, err error) {
	return all, s.broken
}
func (s *site) PendingMessagesOf(context.Context) (map[string]int, error) {
	return map[string]int{"physicist": 3}, s.broken
}
func (s *site) DiskSize() (int64, error) { return 4096, s.broken }
func (s *site) Free() (uint64, error)    { return 1 << 30, s.broken }
func (s *site) Bytes() uint64            { return 1 << 20 }

func TestHandler(t *testing.T) {
	s := &site{
		flows: []flowset.State{"live", "live"},
		fleet: []fleet.Status{
			{Instance: "gpu-box", Plugin: "docker", Health: fleet.Healthy, CPUs: 4, GPUs: 2},
			{Instance: "cluster", Plugin: "slurm", Health: fleet.Unhealthy},
		},
		removed: []retain.Count{{Kind: "objects", Number: 7, Bytes: 4096}, {Kind: "runs", Number: 1}},
	}
	counters := metrics.NewCounters(func() []config.Peer { return nil }, func() config.Destinations { return nil })
	handler := metrics.Handler(metrics.Source{
		Version: "1.2.3", Counters: counters, Flows: s, Fleet: s, Retention: s, Database: s, Disk: s, Logger: hclog.NewNullLogger(),
	})
	scrape := func() string {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, httptest.NewRequest("GET", "/metrics", nil))
		return recorder.Body.String()
	}
	page := scrape()
	for _, line := range []string{
		`raddeploy_build_info{version="1.2.3"} 1`,
		`raddeploy_flows{state="live"} 2`,
		`raddeploy_flow_file_errors 0`,
		`raddeploy_executor_healthy{executor="gpu-box",plugin="docker"} 1`,
		`raddeploy_executor_cpu_slots{executor="gpu-box",plugin="docker"} 4`,
		`raddeploy_executor_gpus{executor="gpu-box",plugin="docker"} 2`,
		`raddeploy_executor_healthy{executor="cluster",plugin="slurm"} 0`,
		`raddeploy_removed_total{kind="objects"} 7`,
		`raddeploy_removed_bytes_total{kind="objects"} 4096`,
		`raddeploy_removed_total{kind="runs"} 1`,
		`raddeploy_removals_stuck 2`,
	} {
		if !strings.Contains(page, line+"\n") {
			t.Errorf("%s is not in\n%s", line, page)
		}
	}
	s.broken = errors.New("disk I/O error")
	if page := scrape(); !strings.Contains(page, "raddeploy_scrape_incomplete 1\n") || !strings.Contains(page, "raddeploy_executor_healthy") {
		t.Errorf("with a broken disk, a scrape does not tell what it can:\n%s", page)
	}
	s.errors = make([]string, 3) // a scrape tells the present
	if page := scrape(); !strings.Contains(page, "raddeploy_flow_file_errors 3\n") {
		t.Errorf("the next scrape still tells the past:\n%s", page)
	}
}

// However many flows and models there are, and whoever sends, the page stays of
// one size.
func TestSeriesAreBounded(t *testing.T) {
	s := &site{}
	counters := metrics.NewCounters(func() []config.Peer { return []config.Peer{{Name: "ct", AETitle: "CT"}} }, func() config.Destinations { return nil })
	handler := metrics.Handler(metrics.Source{Counters: counters, Flows: s, Fleet: s, Retention: s, Database: s, Disk: s, Logger: hclog.NewNullLogger()})
	for i := range 2000 {
		flow := fmt.Sprintf("flow%d", i)
		counters.Finished(flow, run.Done)
		counters.Began(schedule.Model{Flow: flow, Name: "seg"}, 0)
		counters.Ended(schedule.Model{Flow: flow, Name: "seg"}, run.Attempt{Executor: "docker"}, run.Ending{})
		counters.Receiving(run.Sender{CallingAE: dcm.AETitle(flow), Address: "10.0.0.1"})(1, 0)
		counters.Tried(run.Delivery{Destination: run.Destination{Name: flow}}, run.DeliverySent, 1)
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequest("GET", "/metrics", nil))
	page := recorder.Body.String()
	for name, most := range map[string]int{
		"raddeploy_runs_finished_total{": 301, "raddeploy_attempts_ended_total{": 301, "raddeploy_objects_received_total{": 2, "raddeploy_delivery_tries_total{": 1,
	} {
		if n := strings.Count(page, "\n"+name); n > most || n == 0 {
			t.Errorf("%d series of %s…, want %d at the most", n, name, most)
		}
	}
	if !strings.Contains(page, `raddeploy_runs_finished_total{flow="other",state="done"} 1700`) {
		t.Error("what has no label of its own is not counted as other")
	}
}

// What is counted of an object costs receiving nothing that could be measured:
// a durable object takes more than half a millisecond.
func BenchmarkCountAnObject(b *testing.B) {
	counters := metrics.NewCounters(func() []config.Peer { return nil }, func() config.Destinations { return nil })
	counted := counters.Receiving(run.Sender{CallingAE: "CT", Address: "10.0.0.1"})
	for b.Loop() {
		counted(1<<19, 0)
	}
}
