package slurm

import (
	"context"
	"fmt"
	"reflect"
	"strconv"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// health is what was heard of the cluster last.
type health struct {
	mu   sync.Mutex
	seen bool
	most int // GPUs of one node
}

// gpus is how many GPUs one job can have at most, or -1 while nobody knows.
func (h *health) gpus() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.seen {
		return -1
	}
	return h.most
}

const healthEvery = 15 * time.Second

// Fingerprint implements [sdk.Executor].
func (e *Executor) Fingerprint(ctx context.Context, emit func(sdk.Fingerprint) error) error {
	if e.cluster == nil {
		return errUnconfigured
	}
	var last sdk.Fingerprint
	for first := true; ; first = false {
		patience := healthEvery
		if first {
			patience = 1500 * time.Millisecond
		}
		now := e.fingerprint(ctx, patience)
		if ctx.Err() != nil {
			return sdk.Errorf(sdk.Unavailable, "slurm's health: %w", ctx.Err())
		}
		if first || !reflect.DeepEqual(now, last) {
			if err := emit(now); err != nil {
				return err
			}
			last = now
		}
		pause := healthEvery
		if now.Health != sdk.Healthy {
			pause = healthEvery / 5
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return sdk.Errorf(sdk.Unavailable, "slurm's health: %w", ctx.Err())
		}
	}
}

func (e *Executor) fingerprint(ctx context.Context, patience time.Duration) sdk.Fingerprint {
	now := sdk.Fingerprint{Backend: "slurm", Slots: e.config.QueueLimit, Attributes: map[string]string{"launcher": e.config.Launcher}}
	if err := e.cluster.Absent(); err != nil {
		now.Health, now.Message = sdk.Undetected, err.Error()
		return now
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	version, err := e.cluster.Version(ctx)
	if err == nil {
		now.Backend = "slurm " + version
	}
	nodes, err := e.cluster.Nodes(ctx, e.config.Partition)
	if err != nil {
		now.Health, now.Message = sdk.Unhealthy, fmt.Sprintf("the cluster's controller does not answer: %v", err)
		return now
	}
	e.health.mu.Lock()
	e.health.seen, e.health.most = true, nodes.GPUs
	e.health.mu.Unlock()
	now.Health = sdk.Healthy
	if e.config.GPUs != "none" {
		now.ClusterGPUs = nodes.GPUs
	}
	now.Attributes["nodes"] = strconv.Itoa(nodes.Total)
	now.Attributes["partition"] = e.config.Partition
	missing := e.work.missing()
	switch {
	case missing != nil:
		now.Health, now.Message = sdk.Unhealthy, missing.Error()
	case nodes.Total == 0:
		now.Health, now.Message = sdk.Unhealthy, fmt.Sprintf("the partition %q has no nodes: sinfo shows those that are there", e.config.Partition)
	case nodes.Usable == 0:
		now.Message = "no node can be given jobs now: jobs wait until one is back"
	}
	return now
}
