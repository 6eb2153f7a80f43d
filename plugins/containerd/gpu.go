package containerd

import (
	"cmp"
	"fmt"

	"github.com/raddeploy/raddeploy/sdk"
)

const makeSpec = `make a spec with "nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml", and again after the driver or the division of GPUs has changed`

// cdiNames finds the CDI names of a task's GPUs. Before the agent has chosen
// any, it is looked whether there are enough.
func (b *backend) cdiNames(task *sdk.Task) ([]string, sdk.Diagnostics) {
	if len(task.GPUs) == 0 {
		if there := len(b.gpus.GPUs()); task.GPUCount > there {
			return nil, sdk.Diagnostics{{Path: []string{"gpu"}, Detail: makeSpec,
				Summary: fmt.Sprintf("the task asks for %d GPUs, and this host has CDI specs for %d", task.GPUCount, there)}}
		}
		return nil, nil
	}
	var names []string
	var found sdk.Diagnostics
	for _, device := range task.GPUs {
		name, there := b.gpus.Find(device)
		if !there {
			found = append(found, sdk.Diagnostic{Path: []string{"gpu"}, Detail: makeSpec,
				Summary: fmt.Sprintf("there is no CDI device for GPU %s", cmp.Or(device.UUID, device.Index, device.CDI))})
			continue
		}
		names = append(names, name)
	}
	return names, found
}
