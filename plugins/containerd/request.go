package containerd

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/engine"
	"github.com/raddeploy/raddeploy/sdk"
)

// request is all that is known of an attempt's container before its image is
// looked at.
type request struct {
	image  string // its full name
	labels map[string]string
	laid   laid
	plan   plan
	gpus   []string // their CDI names

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

// request turns a task into the words of containerd and its runtime. It has no
// effects.
func (e *Executor) request(task *sdk.Task, as way) (*request, sdk.Diagnostics) {
	var found sdk.Diagnostics
	complain := func(diagnostics ...sdk.Diagnostic) { found = append(found, diagnostics...) }
	r := &request{labels: map[string]string{}, plan: plan{Timeout: task.Timeout, Ports: task.Container.Ports}}
	var diagnostics sdk.Diagnostics
	r.laid, diagnostics = e.mounts(task, as)
	complain(diagnostics...)
	r.plan.In = r.laid.in

	image, err := engine.FullName(task.Container.Image)
	switch {
	case task.Container.Image == "":
		complain(sdk.Diagnostic{Path: []string{"image"}, Summary: "there is no image"})
	case err != nil:
		complain(sdk.Diagnostic{Path: []string{"image"}, Summary: err.Error(), Detail: `write one such as "registry.example.org/model:1.2"`})
	}
	r.image = image

	r.changes.options, _ = task.Options.(*Options)
	if r.changes.options == nil {
		r.changes.options = &Options{}
	}
	r.changes.network, diagnostics = e.network(task, r.changes.options)
	complain(diagnostics...)
	r.plan.CNI = r.changes.network == "cni"
	r.changes.resources, diagnostics = e.limits(task)
	complain(diagnostics...)
	complain(r.changes.options.apply(r)...)
	complain(e.ipc(task, &r.changes)...)
	rules, diagnostics := deviceRules(task.Container.DeviceRules)
	complain(diagnostics...)
	r.changes.resources.Devices = append(r.changes.resources.Devices, rules...)
	names, diagnostics := e.cdiNames(task)
	complain(diagnostics...)
	r.gpus = names

	complain(labels(task.Container.Labels)...)
	maps.Copy(r.labels, task.Container.Labels)
	maps.Copy(r.labels, e.attemptLabels(task.Attempt))
	for name, value := range map[string]string{labelRun: task.Run, labelFlow: task.Flow, labelModel: task.Model} {
		if len(value) < longestLabel {
			r.labels[name] = value
		}
	}
	return r, found
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
func (e *Executor) ipc(task *sdk.Task, c *changes) sdk.Diagnostics {
	c.ipc, c.shm = task.Container.IPCMode, task.Resources.ShmSize
	switch c.ipc {
	case "", "private", "shareable", "host", "none":
		return nil
	}
	return sdk.Diagnostics{{Path: []string{"ipc_mode"}, Summary: fmt.Sprintf("%q is not known here", c.ipc), Detail: "write private, host or none"}}
}
