package api

import (
	"context"
	"fmt"
	"strings"
	"time"

	cgroup1 "github.com/containerd/cgroups/v3/cgroup1/stats"
	cgroup2 "github.com/containerd/cgroups/v3/cgroup2/stats"
	"github.com/containerd/containerd/api/services/tasks/v1"
	"google.golang.org/protobuf/proto"
)

// Usage is what a task has used so far, by the counters of its control group.
// They stay until the task is deleted.
type Usage struct {
	CPU        time.Duration
	MemoryPeak int64 // bytes
	OOMKills   uint64
}

// Usage asks what a task has used so far. The error is one of [IsNotFound] when
// there is no task, or no control group any more.
func (e *Engine) Usage(ctx context.Context, name string) (Usage, error) {
	answer, err := e.client.TaskService().Metrics(ctx, &tasks.MetricsRequest{Filters: []string{"id==" + name}})
	if err != nil {
		return Usage{}, native(err)
	}
	for _, metric := range answer.GetMetrics() {
		if metric.GetID() != name {
			continue
		}
		data := metric.GetData()
		switch url := data.GetTypeUrl(); {
		case strings.Contains(url, "cgroups.v1"):
			var m cgroup1.Metrics
			if err := proto.Unmarshal(data.GetValue(), &m); err != nil {
				return Usage{}, fmt.Errorf("read the metrics of %s: %w", name, err)
			}
			return Usage{CPU: time.Duration(m.GetCPU().GetUsage().GetTotal()), MemoryPeak: int64(m.GetMemory().GetUsage().GetMax()),
				OOMKills: m.GetMemoryOomControl().GetOomKill()}, nil
		case strings.Contains(url, "cgroups.v2"):
			var m cgroup2.Metrics
			if err := proto.Unmarshal(data.GetValue(), &m); err != nil {
				return Usage{}, fmt.Errorf("read the metrics of %s: %w", name, err)
			}
			return Usage{CPU: time.Duration(m.GetCPU().GetUsageUsec()) * time.Microsecond,
				MemoryPeak: int64(max(m.GetMemory().GetMaxUsage(), m.GetMemory().GetUsage())), OOMKills: m.GetMemoryEvents().GetOomKill()}, nil
		default:
			return Usage{}, fmt.Errorf("containerd tells what %s used in an unknown form, %s", name, url)
		}
	}
	return Usage{}, errNoMetrics
}
