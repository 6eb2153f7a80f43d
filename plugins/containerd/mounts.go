package containerd

import (
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/raddeploy/raddeploy/sdk/engine"
)

// mount turns what the agent's host has into the runtime's words. The runtime
// mounts an overlay for the container alone.
func mount(m engine.Mount) specs.Mount {
	if m.Upper != "" {
		return specs.Mount{Type: "overlay", Source: "overlay", Destination: m.Target, Options: m.OverlayOptions()}
	}
	mode := "rw"
	if m.ReadOnly {
		mode = "ro"
	}
	return specs.Mount{Type: "bind", Source: m.Source, Destination: m.Target, Options: []string{"rbind", "rprivate", mode}}
}
