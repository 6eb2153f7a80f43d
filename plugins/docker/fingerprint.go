package docker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/engine"
	"github.com/raddeploy/raddeploy/sdk"
)

const (
	pingEvery = 3 * time.Second
	lookEvery = 30 * time.Second
)

// Fingerprint implements [sdk.Executor].
func (e *Executor) Fingerprint(ctx context.Context, emit func(sdk.Fingerprint) error) error {
	if e.engine == nil {
		return errUnconfigured
	}
	ticks := time.NewTicker(pingEvery)
	defer ticks.Stop()
	var sent sdk.Fingerprint
	var looked time.Time
	for {
		now := sent
		if err := e.ping(ctx); err != nil {
			now = e.unwell(err)
			looked = time.Time{}
		} else if time.Since(looked) > lookEvery {
			now, looked = e.look(ctx), time.Now()
		}
		if ctx.Err() != nil {
			return nil
		}
		if !reflect.DeepEqual(now, sent) {
			if err := emit(now); err != nil {
				return err
			}
			sent = now
		}
		select {
		case <-ticks.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func (e *Executor) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 1500*time.Millisecond)
	defer cancel()
	return e.engine.Ping(ctx)
}

// look asks the engine about itself.
func (e *Executor) look(ctx context.Context) sdk.Fingerprint {
	info, err := e.refresh(ctx)
	if err != nil {
		return e.unwell(err)
	}
	w := e.ways(info, e.site.WorkDir)
	mounts := "copied through the API"
	switch {
	case w.overlay:
		mounts = "overlay and bind"
	case w.shared:
		mounts = "bind, inputs copied"
	}
	return sdk.Fingerprint{
		Health: sdk.Healthy, Backend: "docker " + info.Version, Local: e.engine.OnThisHost(), GPUs: e.devices(info),
		Attributes: map[string]string{
			"api": info.API, "host": info.Name, "storage": info.StorageDriver, "cgroup": "v" + strings.TrimPrefix(info.CgroupVersion, "v"),
			"os": info.OS, "kernel": info.Kernel, "cpus": strconv.Itoa(info.CPUs), "memory": sdk.Size(info.Memory).String(),
			"cdi": strconv.FormatBool(len(info.CDISpecDirs) > 0), "mounts": mounts,
		},
	}
}

// unwell says what is wrong with an engine that does not answer, and what to do.
func (e *Executor) unwell(err error) sdk.Fingerprint {
	out := sdk.Fingerprint{Health: sdk.Unhealthy, Backend: "docker", Local: e.engine.OnThisHost()}
	at := e.config.Endpoint
	_, missing := os.Stat(e.engine.Socket())
	switch {
	case e.engine.OnThisHost() && errors.Is(missing, fs.ErrNotExist):
		out.Health, out.Message = sdk.Undetected, fmt.Sprintf("there is no docker at %s: install and start it, or set endpoint", at)
	case errors.Is(err, fs.ErrPermission) || strings.Contains(err.Error(), "permission denied"):
		out.Health = sdk.Undetected
		out.Message = fmt.Sprintf("docker at %s may not be used: run the agent as root, or add its user to the group docker", at)
	case engine.IsUnreachable(err):
		out.Message = fmt.Sprintf("docker at %s does not answer: start it, and see its log if it ends again", at)
	default:
		out.Message = fmt.Sprintf("docker at %s answers with an error: %s", at, engine.Message(err))
	}
	return out
}
