package process

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/raddeploy/raddeploy/plugins/process/internal/shim"
	"github.com/raddeploy/raddeploy/sdk"
)

// ValidateTask says what a task asks for that this executor does not have. What
// the program would miss is an error; a limit that is not enforced is a
// warning, since the task does its work all the same.
func (e *Executor) ValidateTask(_ context.Context, task *sdk.Task) (sdk.Diagnostics, error) {
	var found sdk.Diagnostics
	refuse := func(word, summary, detail string) {
		found = append(found, sdk.Diagnostic{Path: []string{word}, Summary: summary, Detail: detail})
	}
	c := &task.Container
	if args, err := e.arguments(c); err != nil {
		refuse("image", "no program for the image", err.Error())
	} else if e.stands(args[0]) && !runs(args[0]) {
		refuse("image", "the program for the image cannot be run",
			args[0]+", which the executor's config names for it, is not an executable file on this host")
	}
	if _, listed := e.program(c.Image); c.Image != "" && !listed && !found.Failed() {
		found = append(found, sdk.Diagnostic{Path: []string{"image"}, Summary: "the image is not used here: the command runs with the host's programs",
			Detail: "list the image in the executor's config { images = {…} } if a program of this host stands for it", Warning: true})
	}
	if _, _, _, err := lookUser(c.User); err != nil {
		refuse("user", "unknown user", err.Error())
	}
	if c.IPCMode == "host" || strings.HasPrefix(c.IPCMode, "container:") {
		refuse("ipc_mode", "shared IPC is not possible here", "each task has an IPC namespace of its own; leave ipc_mode out")
	}
	if len(c.DeviceRules) > 0 {
		refuse("device_cgroup_rules", "device rules are not possible here", "tasks see no devices but /dev/null and its like, and their GPUs")
	}
	if task.GPUCount > len(task.GPUs) {
		refuse("gpu", "more GPUs than the agent gives out here", "name them in the executor's block: gpus = [\"0\"]")
	}
	if task.Resources.CPUSetCPUs != "" {
		if _, err := shim.ParseCPUs(task.Resources.CPUSetCPUs); err != nil {
			refuse("cpuset_cpus", "not a list of CPUs", err.Error())
		}
	}
	for _, m := range task.Mounts {
		if problem := badTarget(m.Target); problem != "" {
			found = append(found, sdk.Diagnostic{Path: []string{mountWord(m.Role), m.Name}, Summary: m.Target + " cannot be mounted at", Detail: problem})
		}
	}
	return append(found, e.unenforced(task)...), nil
}

// runs reports whether a program of this host can be run.
func runs(program string) bool {
	info, err := os.Stat(program)
	return err == nil && info.Mode()&0o111 != 0
}

// HasImage tells whether a program of this host stands for an image, and can be run.
func (e *Executor) HasImage(_ context.Context, image string) (bool, error) {
	program, listed := e.program(image)
	return listed && runs(program), nil
}

// unenforced warns of the limits that the task asks for and does not get.
func (e *Executor) unenforced(task *sdk.Task) (found sdk.Diagnostics) {
	warn := func(asked bool, word, detail string) {
		if asked {
			found = append(found, sdk.Diagnostic{Path: []string{word}, Summary: word + " has no effect on this executor", Detail: detail, Warning: true})
		}
	}
	r := &task.Resources
	if err := e.unlimited(); err != nil {
		const detail = "limits need a cgroup v2 that the agent may write: "
		warn(r.Memory > 0, "mem_limit", detail+err.Error())
		warn(r.MemoryReservation > 0, "mem_reservation", detail+err.Error())
		warn(r.MemorySwap != 0, "memswap_limit", detail+err.Error())
		warn(r.NanoCPUs > 0, "nano_cpus", detail+err.Error())
		warn(r.CPUShares > 0, "cpu_shares", detail+err.Error())
		warn(r.CPUQuota > 0, "cpu_quota", detail+err.Error())
	}
	const never = "the host's processes have no such limit; leave it out"
	warn(r.MemorySwappiness != nil, "mem_swappiness", never)
	warn(r.CPURTPeriod > 0, "cpu_rt_period", never)
	warn(r.CPURTRuntime > 0, "cpu_rt_runtime", never)
	warn(len(r.DeviceReadBPS) > 0, "device_read_bps", never)
	warn(len(r.DeviceReadIOPS) > 0, "device_read_iops", never)
	warn(len(r.DeviceWriteBPS) > 0, "device_write_bps", never)
	warn(len(r.DeviceWriteIOPS) > 0, "device_write_iops", never)
	warn(len(task.Container.Ports) > 0, "ports", "the task uses the host's network: the ports it opens are the host's")
	return found
}

// badTarget says why nothing can be mounted at a path, or "".
func badTarget(target string) string {
	if !filepath.IsAbs(target) {
		return "the path must be absolute"
	}
	target = filepath.Clean(target)
	for _, system := range []string{"/proc", "/sys", "/dev", "/.host"} {
		if within(target, system) {
			return "the system's own " + system + " is there; choose another path"
		}
	}
	if target == "/" {
		return "the root is made of the host's programs; choose a folder"
	}
	return ""
}

func mountWord(role sdk.Role) string {
	switch role {
	case sdk.Input:
		return "input_mounts"
	case sdk.Output:
		return "output_mounts"
	default:
		return "static_mounts"
	}
}
