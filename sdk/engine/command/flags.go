package command

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
	"github.com/raddeploy/raddeploy/sdk/mounting"
)

// Check says what of a task [Program.Flags] cannot say, each with the path of the word.
func Check(task *sdk.Task) (found sdk.Diagnostics) {
	for _, m := range task.Mounts {
		if strings.Contains(m.Source+m.Target, ":") {
			found = append(found, sdk.Diagnostic{
				Path: mounting.Path(m), Summary: fmt.Sprintf("%q cannot be mounted: there is a colon in its path", m.Name), Detail: "choose another path",
			})
		}
	}
	if task.GPUCount > len(task.GPUs) || slices.ContainsFunc(task.GPUs, func(d sdk.Device) bool { return d.CDI == "" }) {
		found = append(found, sdk.Diagnostic{
			Path: []string{"gpu"}, Summary: "GPUs are given by their CDI names, and these are not known", Detail: "name them in the executor's config",
		})
	}
	return found
}

// GPUs are the devices of CDI names that end in an UUID, such as
// nvidia.com/gpu=GPU-….
func GPUs(names []string) (gpus []sdk.Device) {
	for i, name := range names {
		_, uuid, _ := strings.Cut(name, "=")
		gpus = append(gpus, sdk.Device{Index: strconv.Itoa(i), UUID: uuid, CDI: name})
	}
	return gpus
}

// Flags are a request in the flags that `create` has in docker, podman and
// nerdctl alike. That of an overlay is podman's.
func (p Program) Flags(r *engine.Request) []string {
	c, limit := r.Task.Container, r.Task.Resources
	flags := list{"--name=" + r.Name}
	for _, name := range slices.Sorted(maps.Keys(r.Labels)) {
		flags.add("label", name+"="+r.Labels[name])
	}
	for _, v := range c.Env {
		if p.Env != nil {
			v.Value = p.Env(v.Value)
		}
		flags.add("env", v.Name+"="+v.Value)
	}
	for _, gpu := range r.Task.GPUs {
		flags.add("device", gpu.CDI)
	}
	if c.NetworkDisabled {
		flags.add("network", "none")
	} else {
		flags.text("network", p.Network)
	}
	flags.text("user", c.User)
	flags.text("workdir", c.WorkingDir)
	flags.text("ipc", c.IPCMode)
	if len(c.Entrypoint) > 0 {
		flags.add("entrypoint", c.Entrypoint[0])
	}
	for _, rule := range c.DeviceRules {
		flags.add("device-cgroup-rule", rule)
	}
	for _, port := range c.Ports {
		flags.add("publish", publish(port))
	}
	for _, m := range r.Mounts {
		flags.add("volume", volume(m))
	}
	flags.number("memory", limit.Memory)
	flags.number("memory-reservation", limit.MemoryReservation)
	flags.number("memory-swap", limit.MemorySwap)
	if limit.MemorySwappiness != nil {
		flags.add("memory-swappiness", *limit.MemorySwappiness)
	}
	flags.number("shm-size", limit.ShmSize)
	if limit.NanoCPUs != 0 {
		flags.add("cpus", float64(limit.NanoCPUs)/1e9)
	}
	flags.number("cpu-shares", limit.CPUShares)
	flags.number("cpu-period", limit.CPUPeriod)
	flags.number("cpu-quota", limit.CPUQuota)
	flags.text("cpuset-cpus", limit.CPUSetCPUs)
	flags.number("cpu-rt-period", limit.CPURTPeriod)
	flags.number("cpu-rt-runtime", limit.CPURTRuntime)
	flags.number("pids-limit", limit.PIDs)
	flags.throttle("device-read-bps", limit.DeviceReadBPS)
	flags.throttle("device-read-iops", limit.DeviceReadIOPS)
	flags.throttle("device-write-bps", limit.DeviceWriteBPS)
	flags.throttle("device-write-iops", limit.DeviceWriteIOPS)
	return flags
}

// Words are what follows the flags: the image and the command, with what the
// entrypoint has besides its program.
func Words(task *sdk.Task) []string {
	words := []string{"--", task.Container.Image}
	if len(task.Container.Entrypoint) > 0 {
		words = append(words, task.Container.Entrypoint[1:]...)
	}
	return append(words, task.Container.Command...)
}

// list is a list of flags. But for add, its methods leave out what is not set.
type list []string

func (l *list) add(name string, value any) { *l = append(*l, fmt.Sprintf("--%s=%v", name, value)) }

func (l *list) text(name, value string) {
	if value != "" {
		l.add(name, value)
	}
}

func (l *list) number(name string, value int64) {
	if value != 0 {
		l.add(name, value)
	}
}

func (l *list) throttle(name string, throttles []sdk.Throttle) {
	for _, t := range throttles {
		l.add(name, fmt.Sprintf("%s:%d", t.Path, t.Rate))
	}
}

func publish(p sdk.Port) string {
	host := ""
	if p.Host != 0 {
		host = strconv.Itoa(p.Host)
	}
	if address := p.HostIP; address != "" {
		if strings.Contains(address, ":") {
			address = "[" + address + "]"
		}
		host = address + ":" + host
	}
	if host != "" {
		host += ":"
	}
	return fmt.Sprintf("%s%d/%s", host, p.Container, cmp.Or(p.Protocol, "tcp"))
}

func volume(m engine.Mount) string {
	switch volume := m.Source + ":" + m.Target; {
	case m.Upper != "":
		return volume + ":O,upperdir=" + m.Upper + ",workdir=" + m.Work
	case m.ReadOnly:
		return volume + ":ro"
	default:
		return volume
	}
}
