package metrics_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/fleet"
	"github.com/raddeploy/raddeploy/core/flowset"
	"github.com/raddeploy/raddeploy/core/metrics"
)

type site struct {
	flows  []flowset.State
	errors []string
	fleet  []fleet.Status
}

func (s *site) List() []flowset.Flow {
	var all []flowset.Flow
	for _, state := range s.flows {
		all = append(all, flowset.Flow{State: state})
	}
	return all
}

func (s *site) Errors() []string         { return s.errors }
func (s *site) Statuses() []fleet.Status { return s.fleet }

func TestHandler(t *testing.T) {
	s := &site{
		flows: []flowset.State{"live", "live"},
		fleet: []fleet.Status{
			{Instance: "gpu-box", Plugin: "docker", Health: fleet.Healthy, CPUs: 4, GPUs: 2},
			{Instance: "cluster", Plugin: "slurm", Health: fleet.Unhealthy},
		},
	}
	handler := metrics.Handler(metrics.Source{Version: "1.2.3", Flows: s, Fleet: s})
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
