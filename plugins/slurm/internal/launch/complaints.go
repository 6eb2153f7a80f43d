package launch

import (
	"fmt"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/sdk/mounting"

	"github.com/raddeploy/raddeploy/sdk"
)

// cannot is what a launcher does not give.
type cannot struct {
	memory     bool // a limit of its own: the cluster's may do it
	gpus       bool
	network    bool // taking it away
	user       bool // other users than the job's own
	namespaces bool // process and IPC namespaces of the container's own
	blanks     bool // paths with blanks
	// what the names of variables begin with that would change the launcher's
	// own programs
	own        []string
	separators bool // paths with colons and commas, which part the words of its mounts
}

// The kernel's limits on what a program is given: for one text, and, with room
// for arguments, for all.
const (
	oneText  = 128<<10 - 1
	allTexts = 1 << 20
)

// complaints are about the words that no cluster gives, and those that this
// launcher does not.
func complaints(t *sdk.Task, launcher string, not cannot) sdk.Diagnostics {
	var found sdk.Diagnostics
	add := func(given, warning bool, what, detail string, path ...string) {
		if given {
			found = append(found, sdk.Diagnostic{Path: path, Summary: what, Detail: detail, Warning: warning})
		}
	}
	by := fmt.Sprintf("the launcher %s", launcher)
	c, r := t.Container, t.Resources
	size := 0
	for _, v := range c.Env {
		size += len(v.Name) + len(v.Value) + 2
		add(len(v.Name)+len(v.Value)+2 > oneText, false, "the value of "+v.Name+" is longer than the 128 KiB that a program can be given", "mount a file with it", "env", v.Name)
	}
	for _, v := range c.Env {
		changes := slices.ContainsFunc(not.own, func(prefix string) bool { return strings.HasPrefix(v.Name, prefix) })
		add(changes || len(not.own) > 0 && strings.Contains(v.Name, ","), false, by+" cannot pass on "+v.Name+": it would change the launcher itself", "set it in the image", "env", v.Name)
	}
	add(size > allTexts, false, "the environment is larger than the 1 MiB that a program can be given", "mount a file with it", "env")
	for _, m := range t.Mounts {
		own := m.Role == sdk.Input || m.Role == sdk.Scratch // on the node's scratch
		odd := strings.ContainsAny(m.Target, ":,") || !own && strings.ContainsAny(m.Source, ":,")
		blank := strings.ContainsAny(m.Target, " \t") || !own && strings.ContainsAny(m.Source, " \t")
		add(blank && not.blanks, false, by+" cannot mount folders whose paths have a blank", "take other names", mounting.Path(m)...)
		add(odd && not.separators, false, by+" cannot mount folders whose paths have a colon or a comma", "take other names", mounting.Path(m)...)
	}
	add(len(c.Ports) > 0, false, "a job of a cluster publishes no ports", "leave ports out, or pin the model to an executor of one host", "ports")
	add(len(c.DeviceRules) > 0, false, "a job of a cluster is given no device rules", "leave device_cgroup_rules out", "device_cgroup_rules")
	add(c.IPCMode == "host" && !not.namespaces, false, by+" gives no host IPC", "leave ipc_mode out", "ipc_mode")
	add(c.IPCMode != "" && not.namespaces, true, by+" leaves the node's IPC to the container", "", "ipc_mode")
	add(c.NetworkDisabled && not.network, false, by+" cannot take the network away", "leave network_disabled out, or pin the model to another executor", "network_disabled")
	add(c.User != "" && not.user, true, by+" runs as the user of the job", "", "user")
	add(t.GPUCount > 0 && not.gpus, true, by+" brings no GPU drivers into the container", "let the site's launcher arguments bind them, or take an image that has them", "gpu")
	add(r.PIDs > 0 && launcher != "podman" && launcher != "oci", true, by+" does not limit processes", "", "pids_limit")
	add(r.ShmSize > 0 && launcher != "podman" && launcher != "oci", true, by+" leaves /dev/shm as the node has it", "", "shm_size")
	add(r.Memory > 0 && not.memory, true, "the cluster alone limits memory", "it does where slurm.conf has task/cgroup and cgroup.conf ConstrainRAMSpace=yes", "mem_limit")
	for _, w := range []struct {
		word  string
		given bool
	}{
		{"device_read_bps", len(r.DeviceReadBPS) > 0}, {"device_read_iops", len(r.DeviceReadIOPS) > 0},
		{"device_write_bps", len(r.DeviceWriteBPS) > 0}, {"device_write_iops", len(r.DeviceWriteIOPS) > 0},
		{"cpuset_cpus", r.CPUSetCPUs != ""}, {"cpu_shares", r.CPUShares > 0},
		{"cpu_rt_period", r.CPURTPeriod > 0}, {"cpu_rt_runtime", r.CPURTRuntime > 0},
		{"mem_swappiness", r.MemorySwappiness != nil},
	} {
		add(w.given, true, w.word+" has no effect in a job: the cluster alone gives CPUs and limits memory and disks", "", w.word)
	}
	return found
}
