package flowfile

import (
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/lang"
)

// container adds the container's words to the map of a model.
func container(m *mapping, c *flow.Container) {
	m.text("image", c.Image)
	m.texts("command", c.Command)
	m.texts("entrypoint", c.Entrypoint)
	m.environment(c.Environment)
	m.text("user", c.User)
	m.text("working_dir", c.WorkingDir)
	if c.Labels != nil {
		inner := &mapping{}
		for _, name := range slices.Sorted(maps.Keys(c.Labels)) {
			inner.set(name, text(c.Labels[name]))
		}
		m.set("labels", inner.node())
	}
	if c.NetworkDisabled {
		m.set("network_disabled", plain("true"))
	}
	m.text("ipc_mode", c.IPCMode)
	m.size("shm_size", c.ShmSize)
	m.size("mem_limit", c.MemLimit)
	m.size("mem_reservation", c.MemReservation)
	m.size("memswap_limit", c.MemSwapLimit)
	if c.MemSwappiness != nil {
		m.set("mem_swappiness", number(*c.MemSwappiness))
	}
	m.number("nano_cpus", c.NanoCPUs)
	m.number("cpu_shares", c.CPUShares)
	m.number("cpu_period", c.CPUPeriod)
	m.number("cpu_quota", c.CPUQuota)
	m.text("cpuset_cpus", c.CPUSetCPUs)
	m.number("cpu_rt_period", c.CPURTPeriod)
	m.number("cpu_rt_runtime", c.CPURTRuntime)
	m.ports(c.Ports)
	m.texts("device_cgroup_rules", c.DeviceRules)
	m.throttles("device_read_bps", c.DeviceReadBPS)
	m.throttles("device_read_iops", c.DeviceReadIOPS)
	m.throttles("device_write_bps", c.DeviceWriteBPS)
	m.throttles("device_write_iops", c.DeviceWriteIOPS)
}

// environment sets a map if the variables are sorted, each there once, and
// otherwise a list.
func (m *mapping) environment(all []flow.EnvVar) {
	if all == nil {
		return
	}
	inner, n := &mapping{}, &lang.Node{Kind: lang.List}
	asMap := true
	for i, v := range all {
		asMap = asMap && (i == 0 || all[i-1].Name < v.Name)
		inner.set(v.Name, text(v.Value))
		n.Items = append(n.Items, text(v.Name+"="+v.Value))
	}
	if asMap {
		n = inner.node()
	}
	m.set("environment", n)
}

// mounts sets a map unless it is the default.
func (d *describer) mounts(m *mapping, key string, all []flow.Mount, otherwise flow.Mount) {
	if d.whole || len(all) != 1 || all[0] != otherwise {
		m.set(key, mountMap(all))
	}
}

func mountMap(all []flow.Mount) *lang.Node {
	inner := &mapping{}
	for _, mount := range all {
		inner.set(mount.Name, text(mount.Path))
	}
	return inner.node()
}

// statics sets a map if the mounts are sorted, each there once, and otherwise a
// list of maps.
func (m *mapping) statics(all []flow.Mount) {
	if all == nil {
		return
	}
	for i := range all {
		if i > 0 && all[i-1].Name >= all[i].Name {
			list(m, "static_mounts", all, func(one flow.Mount) *lang.Node { return mountMap([]flow.Mount{one}) })
			return
		}
	}
	m.set("static_mounts", mountMap(all))
}

// ports sets a map of container ports, each with what it is published as.
func (m *mapping) ports(all []flow.Port) {
	if all == nil {
		return
	}
	inner := &mapping{}
	for i := 0; i < len(all); {
		key := strconv.Itoa(all[i].Container) + "/" + all[i].Protocol
		var hosts []*lang.Node
		for first := all[i]; i < len(all) && all[i].Container == first.Container && all[i].Protocol == first.Protocol; i++ {
			hosts = append(hosts, hostPort(all[i]))
		}
		if len(hosts) == 1 {
			inner.set(key, hosts[0])
		} else {
			inner.set(key, &lang.Node{Kind: lang.List, Items: hosts})
		}
	}
	m.set("ports", inner.node())
}

// hostPort is the reverse of decoding one published port.
func hostPort(p flow.Port) *lang.Node {
	host := &lang.Node{}
	if p.Host != 0 {
		host = number(int64(p.Host))
	}
	if p.HostIP == "" {
		return host
	}
	n := &lang.Node{Kind: lang.List, Items: []*lang.Node{text(p.HostIP)}}
	if p.Host != 0 {
		n.Items = append(n.Items, host)
	}
	return n
}

func (m *mapping) throttles(key string, all []flow.Throttle) {
	list(m, key, all, func(t flow.Throttle) *lang.Node {
		inner := &mapping{}
		inner.text("Path", t.Path)
		inner.set("Rate", number(int64(min(t.Rate, math.MaxInt64))))
		return inner.node()
	})
}
