package containerd

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

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/engine"
	"github.com/raddeploy/raddeploy/sdk"
)

const (
	lookEvery = 3 * time.Second
	askEvery  = 30 * time.Second
)

// Fingerprint implements [sdk.Executor].
func (e *Executor) Fingerprint(ctx context.Context, emit func(sdk.Fingerprint) error) error {
	if e.engine == nil {
		return errUnconfigured
	}
	ticks := time.NewTicker(lookEvery)
	defer ticks.Stop()
	var sent sdk.Fingerprint
	var plugins engine.Plugins
	var asked time.Time
	for {
		now, err := e.look(ctx, &plugins, &asked)
		if err != nil {
			now = e.unwell(err)
		}
		if ctx.Err() != nil {
			return nil
		}
		e.addGPUs(&now)
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

// look asks containerd about itself; about its parts only now and then.
func (e *Executor) look(ctx context.Context, plugins *engine.Plugins, asked *time.Time) (sdk.Fingerprint, error) {
	ctx, cancel := context.WithTimeout(ctx, 1500*time.Millisecond)
	defer cancel()
	if _, err := os.Stat(e.config.socket()); err != nil {
		return sdk.Fingerprint{}, err
	}
	version, err := e.engine.Ping(ctx)
	if err != nil {
		*asked = time.Time{}
		return sdk.Fingerprint{}, err
	}
	if time.Since(*asked) > askEvery {
		if *plugins, err = e.engine.Plugins(ctx); err != nil {
			return sdk.Fingerprint{}, err
		}
		*asked = time.Now()
	}
	out := sdk.Fingerprint{Health: sdk.Healthy, Backend: "containerd " + version, Local: true, Attributes: map[string]string{
		"host": e.node, "namespace": e.config.Namespace, "snapshotter": e.config.Snapshotter, "runtime": e.config.Runtime,
		"cgroup": e.host.Version(), "network": e.config.Network, "cdi": strings.Join(e.config.cdiDirs(), " "), "mounts": e.waysOf(),
	}}
	if !plugins.Has("io.containerd.snapshotter.v1." + e.config.Snapshotter) {
		out.Health = sdk.Unhealthy
		out.Message = fmt.Sprintf("containerd has no snapshotter %q that works: set snapshotter, or see containerd's log", e.config.Snapshotter)
	}
	if newer := newer(*plugins); newer != "" {
		out.Attributes["newer"] = newer
	}
	return out, nil
}

// newer tells what of containerd 2 this one lacks. The executor does without.
func newer(plugins engine.Plugins) string {
	var lacks []string
	for _, one := range []struct{ plugin, what string }{
		{"io.containerd.transfer.v1", "images fetched by containerd itself"},
		{"io.containerd.sandbox.controller.v1", "sandboxes"},
		{"io.containerd.mount-manager.v1", "a manager of mounts"},
	} {
		if !plugins.Has(one.plugin) {
			lacks = append(lacks, one.what)
		}
	}
	return strings.Join(lacks, ", ")
}

func (e *Executor) waysOf() string {
	if e.lay.way(e.site.WorkDir) != copied {
		return "overlay and bind"
	}
	return "bind, inputs copied"
}

// addGPUs tells which GPUs there are specs for, and what is wrong with specs.
func (e *Executor) addGPUs(f *sdk.Fingerprint) {
	e.gpus.Look()
	f.GPUs = e.gpus.GPUs()
	if f.Attributes == nil {
		f.Attributes = map[string]string{}
	}
	f.Attributes["gpus"] = strconv.Itoa(len(f.GPUs))
	if wrong := e.gpus.Problems(); len(wrong) > 0 {
		f.Attributes["cdi_problems"] = strings.Join(wrong, "; ")
	}
}

// unwell says what is wrong with a containerd that does not answer, and what to do.
func (e *Executor) unwell(err error) sdk.Fingerprint {
	out := sdk.Fingerprint{Health: sdk.Unhealthy, Backend: "containerd", Local: true}
	at := e.config.Endpoint
	switch {
	case errors.Is(err, fs.ErrNotExist):
		out.Health, out.Message = sdk.Undetected, fmt.Sprintf("there is no containerd at %s: install and start it, or set endpoint", at)
	case errors.Is(err, fs.ErrPermission) || strings.Contains(err.Error(), "permission denied"):
		out.Health, out.Message = sdk.Undetected, fmt.Sprintf("containerd at %s may not be used: run the agent as root", at)
	case engine.IsUnreachable(err):
		out.Message = fmt.Sprintf("containerd at %s does not answer: start it, and see its log if it ends again", at)
	default:
		out.Message = fmt.Sprintf("containerd at %s answers with an error: %s", at, engine.Message(err))
	}
	return out
}
