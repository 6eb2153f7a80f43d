package flowfile

import (
	"math"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/lang"
)

// containerKeys are the words of docker-py's containers.run that every executor knows.
func (d *decoder) containerKeys(c *flow.Container) []key {
	text := func(name string, to *string) key { return key{name, func(v *lang.Node) { d.text(v, name, to) }} }
	size := func(name string, to *int64) key { return key{name, func(v *lang.Node) { *to, _ = d.Size(v, name) }} }
	number := func(name string, low int64, to *int64) key {
		return key{name, func(v *lang.Node) {
			if i, ok := d.Int(v, name, low, math.MaxInt64); ok {
				*to = i
			}
		}}
	}
	words := func(name string, to *[]string) key { return key{name, func(v *lang.Node) { *to = d.words(v, name) }} }
	throttles := func(name string, bytes bool, to *[]flow.Throttle) key {
		return key{name, func(v *lang.Node) { *to = d.throttles(v, name, bytes) }}
	}
	return []key{
		text("image", &c.Image),
		words("command", &c.Command),
		words("entrypoint", &c.Entrypoint),
		{"environment", func(v *lang.Node) { c.Environment = d.environment(v) }},
		text("user", &c.User),
		text("working_dir", &c.WorkingDir),
		{"labels", func(v *lang.Node) { c.Labels = d.labels(v) }},
		{"network_disabled", func(v *lang.Node) { d.bool(v, "network_disabled", &c.NetworkDisabled) }},
		size("shm_size", &c.ShmSize),
		text("ipc_mode", &c.IPCMode),
		size("mem_limit", &c.MemLimit),
		size("mem_reservation", &c.MemReservation),
		{"memswap_limit", func(v *lang.Node) { c.MemSwapLimit = d.swapLimit(v) }},
		{"mem_swappiness", func(v *lang.Node) {
			if i, ok := d.Int(v, "mem_swappiness", 0, 100); ok {
				c.MemSwappiness = &i
			}
		}},
		number("nano_cpus", 0, &c.NanoCPUs),
		number("cpu_shares", 0, &c.CPUShares),
		number("cpu_period", 0, &c.CPUPeriod),
		number("cpu_quota", -1, &c.CPUQuota),
		text("cpuset_cpus", &c.CPUSetCPUs),
		number("cpu_rt_period", 0, &c.CPURTPeriod),
		number("cpu_rt_runtime", 0, &c.CPURTRuntime),
		{"ports", func(v *lang.Node) { c.Ports = d.publishedPorts(v) }},
		{"device_cgroup_rules", func(v *lang.Node) { c.DeviceRules, _ = d.Texts(v, "device_cgroup_rules") }},
		throttles("device_read_bps", true, &c.DeviceReadBPS),
		throttles("device_read_iops", false, &c.DeviceReadIOPS),
		throttles("device_write_bps", true, &c.DeviceWriteBPS),
		throttles("device_write_iops", false, &c.DeviceWriteIOPS),
	}
}

// words reads a command: a list of words, or one text that is split as a shell splits it.
func (d *decoder) words(n *lang.Node, what string) []string {
	if n.Kind != lang.Scalar {
		list, _ := d.Texts(n, what)
		return list
	}
	list, err := splitWords(n.Text)
	if err != nil {
		d.Errorf(n.Within(err.offset, 1), "close the quote, or write "+what+" as a list of words", "%s cannot be split into words: %s", what, err.reason)
	}
	return list
}

// environment reads a map, or a list of K=V. A map is sorted by name; a list keeps its order.
func (d *decoder) environment(n *lang.Node) []flow.EnvVar {
	var all []flow.EnvVar
	switch n.Kind {
	case lang.Map:
		for _, p := range n.Pairs {
			v := flow.EnvVar{Name: p.Key}
			if p.Value.Kind != lang.Null {
				d.text(p.Value, "the variable "+p.Key, &v.Value)
			}
			d.envName(p.At, p.Key)
			all = append(all, v)
		}
		slices.SortFunc(all, func(a, b flow.EnvVar) int { return strings.Compare(a.Name, b.Name) })
	case lang.List:
		for _, item := range n.Items {
			s, ok := d.Text(item, "each entry of environment")
			if !ok {
				continue
			}
			name, value, ok := strings.Cut(s, "=")
			if !ok {
				d.Errorf(item.Range, "write "+name+"= and a value", "the environment variable %s has no value", name)
				continue
			}
			d.envName(item.Range, name)
			all = append(all, flow.EnvVar{Name: name, Value: value})
		}
	default:
		d.WrongType(n, "environment", "a map of names to values, or a list of NAME=value")
	}
	return all
}

func (d *decoder) envName(at lang.Range, name string) {
	if name == "" || strings.ContainsAny(name, "=\x00") {
		d.Errorf(at, "", "%q cannot be the name of an environment variable", name)
	}
}

// labels reads a map, or a list of names or name=value.
func (d *decoder) labels(n *lang.Node) map[string]string {
	all := map[string]string{}
	switch n.Kind {
	case lang.Map:
		for _, p := range n.Pairs {
			var v string
			if p.Value.Kind != lang.Null {
				d.text(p.Value, "the label "+p.Key, &v)
			}
			all[p.Key] = v
		}
	case lang.List:
		list, _ := d.Texts(n, "labels")
		for _, s := range list {
			name, value, _ := strings.Cut(s, "=")
			all[name] = value
		}
	default:
		d.WrongType(n, "labels", "a map of names to values, or a list")
	}
	return all
}

// swapLimit reads a size, or -1 for no limit.
func (d *decoder) swapLimit(n *lang.Node) int64 {
	if n.Kind == lang.Scalar && n.Text == "-1" {
		return -1
	}
	size, _ := d.Size(n, "memswap_limit")
	return size
}

// throttles reads docker-py's [{"Path": "/dev/sda", "Rate": 1000}]. A rate in bytes takes the suffixes of sizes.
func (d *decoder) throttles(n *lang.Node, what string, bytes bool) []flow.Throttle {
	if !d.list(n, what, `write - {Path: /dev/sda, Rate: 1000}`) {
		return nil
	}
	var all []flow.Throttle
	for _, item := range n.Items {
		if item.Kind != lang.Map {
			d.WrongType(item, "each entry of "+what, "a map of Path and Rate")
			continue
		}
		var t flow.Throttle
		rate := func(v *lang.Node) {
			var i int64
			if bytes {
				i, _ = d.Size(v, "Rate")
			} else {
				i, _ = d.Int(v, "Rate", 0, math.MaxInt64)
			}
			t.Rate = uint64(max(0, i))
		}
		path := func(v *lang.Node) { d.text(v, "Path", &t.Path) }
		known := []key{{"Path", path}, {"Rate", rate}, {"path", path}, {"rate", rate}}
		d.keys(item, known, d.ignored(known[:2], what))
		if t.Path == "" {
			d.Errorf(item.Range, "add Path: /dev/sda", "an entry of %s names no device", what)
			continue
		}
		all = append(all, t)
	}
	return all
}
