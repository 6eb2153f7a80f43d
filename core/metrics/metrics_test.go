package metrics_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/fleet"
	"github.com/raddeploy/raddeploy/core/flowset"
	"github.com/raddeploy/raddeploy/core/metrics"
	"github.com/raddeploy/raddeploy/core/retain"
)

type site struct {
	flows   []flowset.State
	errors  []string
	fleet   []fleet.Status
	removed []retain.Count
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

func TestHandler(t *testing.T) {
	s := &site{
		flows: []flowset.State{"live", "live"},
		fleet: []fleet.Status{
			{Instance: "gpu-box", Plugin: "docker", Health: fleet.Healthy, CPUs: 4, GPUs: 2},
			{Instance: "cluster", Plugin: "slurm", Health: fleet.Unhealthy},
		},
		removed: []retain.Count{{Kind: "objects", Number: 7, Bytes: 4096}, {Kind: "runs", Number: 1}},
	}
	handler := metrics.Handler(metrics.Source{Version: "1.2.3", Flows: s, Fleet: s, Retention: s})
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
	s.errors = make([]string, 3) // a scrape tells the present
	if page := scrape(); !strings.Contains(page, "raddeploy_flow_file_errors 3\n") {
		t.Errorf("the next scrape still tells the past:\n%s", page)
	}
}
