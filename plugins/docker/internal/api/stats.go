package api

import (
	"context"
	"encoding/json"
	"time"

	"github.com/docker/docker/api/types/container"
)

// Usage is what a container uses at a moment.
type Usage struct {
	CPU        time.Duration
	MemoryPeak int64 // with cgroup v2: the present use, because the engine does not tell the peak
}

// Usage asks once. A container that does not run uses nothing.
func (e *Engine) Usage(ctx context.Context, id string) (Usage, error) {
	ctx, cancel := context.WithTimeout(ctx, quick)
	defer cancel()
	answer, err := e.api.ContainerStatsOneShot(ctx, id)
	if err != nil {
		return Usage{}, err
	}
	defer answer.Body.Close()
	var stats container.StatsResponse
	if err := json.NewDecoder(answer.Body).Decode(&stats); err != nil {
		return Usage{}, err
	}
	return Usage{
		CPU:        time.Duration(stats.CPUStats.CPUUsage.TotalUsage),
		MemoryPeak: int64(max(stats.MemoryStats.MaxUsage, stats.MemoryStats.Usage)),
	}, nil
}
