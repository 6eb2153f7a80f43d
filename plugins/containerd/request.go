package containerd

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/api"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// request is all that is known of an attempt's container before its image is
// looked at.
type request struct {
	*engine.Request        // nil while a task is only checked
	image           string // its full name
	plan            plan
	gpus            []string // their CDI names

	changes changes
}

// changes are what the task's words change of a container's specification. What
// the image says comes before them.
type changes struct {
	resources *specs.LinuxResources
	network   string // none, host or cni
	ipc       string
	shm       int64 // bytes
	options   *Options
	devices   []specs.LinuxDevice
	mounts    []specs.Mount // of options; the task's own come after them
}

// Check implements [engine.Engine].
func (b *backend) Check(_ context.Context, task *sdk.Task) sdk.Diagnostics {
	b.gpus.Look()
	_, found := b.request(task)
	return found
}

// request turns a task into the words of containerd and its runtime. It has no
// effects.
func (b *backend) request(task *sdk.Task) (*request, sdk.Diagnostics) {
	var found sdk.Diagnostics
	complain := func(diagnostics ...sdk.Diagnostic) { found = append(found, diagnostics...) }
	r := &request{plan: plan{Ports: task.Container.Ports}}
	image, err := api.FullName(task.Container.Image)
	if err != nil && task.Container.Image != "" {
		complain(sdk.Diagnostic{Path: []string{"image"}, Summary: err.Error(), Detail: `write one such as "registry.example.org/model:1.2"`})
	}
	r.image = image

	r.changes.options, _ = task.Options.(*Options)
	if r.changes.options == nil {
		r.changes.options = &Options{}
	}
	network, diagnostics := b.network(task, r.changes.options)
	complain(diagnostics...)
	r.changes.network = network
	r.plan.CNI = r.changes.network == "cni"
	r.changes.resources, diagnostics = b.limits(task)
	complain(diagnostics...)
	complain(r.changes.options.apply(r)...)
	complain(b.ipc(task, &r.changes)...)
	rules, diagnostics := deviceRules(task.Container.DeviceRules)
	complain(diagnostics...)
	r.changes.resources.Devices = append(r.changes.resources.Devices, rules...)
	names, diagnostics := b.cdiNames(task)
	complain(diagnostics...)
	r.gpus = names

	complain(labels(task.Container.Labels)...)
	return r, found
}

// labels are the container's, without those that only inform and are longer than
// containerd takes.
func (r *request) labels() map[string]string {
	labels := maps.Clone(r.Labels)
	maps.DeleteFunc(labels, func(name, value string) bool { return len(name)+len(value) > longestLabel })
	return labels
}

// longestLabel is how many bytes containerd takes in a label, its name
// included; ours are short.
const longestLabel = 4000

// labels refuses what containerd would not take, and what it would understand
// as instructions.
func labels(given map[string]string) sdk.Diagnostics {
	var found sdk.Diagnostics
	for _, name := range slices.Sorted(maps.Keys(given)) {
		problem := ""
		switch {
		case len(name)+len(given[name]) > longestLabel:
			problem = fmt.Sprintf("the label is longer than %d bytes", longestLabel)
		case name == "" || strings.HasPrefix(name, "containerd.io/"):
			problem = "labels of this name are containerd's own"
		default:
			continue
		}
		found = append(found, sdk.Diagnostic{Path: []string{"labels", name}, Summary: problem})
	}
	return found
}

// ipc decides which shared memory the container has.
func (b *backend) ipc(task *sdk.Task, c *changes) sdk.Diagnostics {
	c.ipc, c.shm = task.Container.IPCMode, task.Resources.ShmSize
	switch c.ipc {
	case "", "private", "shareable", "host", "none":
		return nil
	}
	return sdk.Diagnostics{{Path: []string{"ipc_mode"}, Summary: fmt.Sprintf("%q is not known here", c.ipc), Detail: "write private, host or none"}}
}
