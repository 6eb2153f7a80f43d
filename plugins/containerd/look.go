package containerd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/api"
	"github.com/raddeploy/raddeploy/sdk"
)

// askEvery is how often containerd is asked about its parts.
const askEvery = 30 * time.Second

// Look implements [engine.Engine].
func (b *backend) Look(ctx context.Context) sdk.Fingerprint {
	b.mu.Lock()
	defer b.mu.Unlock()
	now, err := b.lookLocked(ctx)
	if err != nil {
		now = b.unwell(err)
	}
	b.addGPUs(&now)
	return now
}

// lookLocked asks containerd about itself; about its parts only now and then.
func (b *backend) lookLocked(ctx context.Context) (sdk.Fingerprint, error) {
	ctx, cancel := context.WithTimeout(ctx, 1500*time.Millisecond)
	defer cancel()
	if _, err := os.Stat(b.config.socket()); err != nil {
		return sdk.Fingerprint{}, err
	}
	version, err := b.api.Ping(ctx)
	if err != nil {
		b.asked = time.Time{}
		return sdk.Fingerprint{}, err
	}
	if time.Since(b.asked) > askEvery {
		if b.plugins, err = b.api.Plugins(ctx); err != nil {
			return sdk.Fingerprint{}, err
		}
		b.asked = time.Now()
	}
	out := sdk.Fingerprint{Health: sdk.Healthy, Backend: "containerd " + version, Local: true, Attributes: map[string]string{
		"host": b.node, "namespace": b.config.Namespace, "snapshotter": b.config.Snapshotter, "runtime": b.config.Runtime,
		"cgroup": b.host.Version(), "network": b.config.Network, "cdi": strings.Join(b.config.cdiDirs(), " "),
	}}
	if !b.plugins.Has("io.containerd.snapshotter.v1." + b.config.Snapshotter) {
		out.Health = sdk.Unhealthy
		out.Message = fmt.Sprintf("containerd has no snapshotter %q that works: set snapshotter, or see containerd's log", b.config.Snapshotter)
	}
	if newer := newer(b.plugins); newer != "" {
		out.Attributes["newer"] = newer
	}
	return out, nil
}

// newer tells what of containerd 2 this one lacks. The executor does without.
func newer(plugins api.Plugins) string {
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

// addGPUs tells which GPUs there are specs for, and what is wrong with specs.
func (b *backend) addGPUs(f *sdk.Fingerprint) {
	b.gpus.Look()
	f.GPUs = b.gpus.GPUs()
	if f.Attributes == nil {
		f.Attributes = map[string]string{}
	}
	f.Attributes["gpus"] = strconv.Itoa(len(f.GPUs))
	if wrong := b.gpus.Problems(); len(wrong) > 0 {
		f.Attributes["cdi_problems"] = strings.Join(wrong, "; ")
	}
}

// unwell says what is wrong with a containerd that does not answer, and what to do.
func (b *backend) unwell(err error) sdk.Fingerprint {
	out := sdk.Fingerprint{Health: sdk.Unhealthy, Backend: "containerd", Local: true}
	at := b.config.Endpoint
	switch {
	case errors.Is(err, fs.ErrNotExist):
		out.Health, out.Message = sdk.Undetected, fmt.Sprintf("there is no containerd at %s: install and start it, or set endpoint", at)
	case errors.Is(err, fs.ErrPermission) || strings.Contains(err.Error(), "permission denied"):
		out.Health, out.Message = sdk.Undetected, fmt.Sprintf("containerd at %s may not be used: run the agent as root", at)
	case api.IsUnreachable(err):
		out.Message = fmt.Sprintf("containerd at %s does not answer: start it, and see its log if it ends again", at)
	default:
		out.Message = fmt.Sprintf("containerd at %s answers with an error: %s", at, api.Message(err))
	}
	return out
}
