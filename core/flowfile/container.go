package flowfile

import (
	"math"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/lang"
)

// containerKeys are the words of docker-py's containers.run that every executor
// knows.
func (d *decoder) containerKeys(c *flow.Container) []key {
	text := func(name string, to *string, doc string) key {
		return key{name, aText(), "", doc, func(v *lang.Node) { d.text(v, name, to) }}
	}
	size := func(name string, to *int64, doc string) key {
		return key{name, aSize(), "", doc, func(v *lang.Node) { *to, _ = d.Size(v, name) }}
	}
	number := func(name string, low int64, to *int64, doc string) key {
		return key{name, anInt(low, math.MaxInt64), "", doc, func(v *lang.Node) {
			if i, ok := d.Int(v, name, low, math.MaxInt64); ok {
				*to = i
			}
		}}
	}
	words := func(name string, to *[]string, doc string) key {
		return key{name, command(), "the image's", doc, func(v *lang.Node) { *to = d.words(v, name) }}
	}
	throttles := func(name string, bytes bool, to *[]flow.Throttle, doc string) key {
		return key{name, kind{"list of {Path, Rate}", listOf(schemaRef("throttle"))}, "", doc, func(v *lang.Node) { *to = d.throttles(v, name, bytes) }}
	}
	return []key{
		text("image", &c.Image, "The image. Required."),
		words("command", &c.Command, "What the container runs."),
		words("entrypoint", &c.Entrypoint, "What the command is given to."),
		{"environment", mapOrList("names to values, or a list of NAME=value"), "", "Environment variables. Numbers and booleans become text.",
			func(v *lang.Node) { c.Environment = d.environment(v) }},
		text("user", &c.User, "User, or user:group, by name or number."),
		text("working_dir", &c.WorkingDir, "The folder that the command begins in."),
		{"labels", mapOrList("names to values, or a list of names"), "", "Labels of the container.",
			func(v *lang.Node) { c.Labels = d.labels(v) }},
		{"network_disabled", aBool(), "false", "No network at all.",
			func(v *lang.Node) { d.bool(v, "network_disabled", &c.NetworkDisabled) }},
		size("shm_size", &c.ShmSize, "Size of /dev/shm. A model with gpu has half of mem_limit, or 8 GiB, unless it says so."),
		text("ipc_mode", &c.IPCMode, "Inter-process communication: private, shareable or none. Any other only where the site allows it."),
		size("mem_limit", &c.MemLimit, "Memory that the container may use."),
		size("mem_reservation", &c.MemReservation, "Memory that it is meant to get."),
		{"memswap_limit", kind{aSize().words + "; -1: no limit", anyOf(aSize().schema, schema{"enum": []any{-1, "-1"}})}, "", "Memory and swap together.",
			func(v *lang.Node) { c.MemSwapLimit = d.swapLimit(v) }},
		{"mem_swappiness", anInt(0, 100), "", "How readily memory is swapped.",
			func(v *lang.Node) {
				if i, ok := d.Int(v, "mem_swappiness", 0, 100); ok {
					c.MemSwappiness = &i
				}
			}},
		number("nano_cpus", 0, &c.NanoCPUs, "CPU time in billionths of a CPU: 2000000000 is two CPUs."),
		number("cpu_shares", 0, &c.CPUShares, "Weight against other containers; 1024 is usual."),
		number("cpu_period", 0, &c.CPUPeriod, "Period of cpu_quota, in microseconds."),
		number("cpu_quota", -1, &c.CPUQuota, "CPU time in each cpu_period, in microseconds; -1: no limit."),
		text("cpuset_cpus", &c.CPUSetCPUs, "Which CPUs, such as 0-3 or 0,1."),
		number("cpu_rt_period", 0, &c.CPURTPeriod, "Period of cpu_rt_runtime, in microseconds."),
		number("cpu_rt_runtime", 0, &c.CPURTRuntime, "Real-time CPU time in each period, in microseconds."),
		{"ports", publishing(), "", "Published ports. Nothing is any free port; [127.0.0.1, 8080] names the address, too. Ports of the host below 1024 only where the site allows it.",
			func(v *lang.Node) { c.Ports = d.publishedPorts(v) }},
		{"device_cgroup_rules", texts(), "", "Rules such as c 1:3 mr. Only where the site allows it.",
			func(v *lang.Node) { c.DeviceRules, _ = d.Texts(v, "device_cgroup_rules") }},
		throttles("device_read_bps", true, &c.DeviceReadBPS, "Limits of reading from devices, in bytes a second."),
		throttles("device_read_iops", false, &c.DeviceReadIOPS, "Limits of reading from devices, in operations a second."),
		throttles("device_write_bps", true, &c.DeviceWriteBPS, "Limits of writing to devices, in bytes a second."),
		throttles("device_write_iops", false, &c.DeviceWriteIOPS, "Limits of writing to devices, in operations a second."),
	}
}

// words reads a command: a list of words, or one text that is split as a shell
// splits it.
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

// environment reads a map, or a list of K=V. A map is sorted by name; a list
// keeps its order.
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
	label := func(at lang.Range, name, value string) {
		if own := flow.OwnLabel(name); own != "" {
			d.Errorf(at, "give it another name", "the labels %s… belong to executors and container engines, and are not for a flow to set", own)
			return
		}
		all[name] = value
	}
	switch n.Kind {
	case lang.Map:
		for _, p := range n.Pairs {
			var v string
			if p.Value.Kind != lang.Null {
				d.text(p.Value, "the label "+p.Key, &v)
			}
			label(p.At, p.Key, v)
		}
	case lang.List:
		list, _ := d.Texts(n, "labels")
		for _, s := range list {
			name, value, _ := strings.Cut(s, "=")
			label(n.Range, name, value)
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

// throttles reads docker-py's [{"Path": "/dev/sda", "Rate": 1000}]. A rate in
// bytes takes the suffixes of sizes.
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
		known := d.throttleKeys(&t, bytes)
		d.keys(item, known, d.unknown(known[:2], what))
		if t.Path == "" && item.Pair("Path") == nil {
			d.Errorf(item.Range, "add Path: /dev/sda", "an entry of %s names no device", what)
			continue
		}
		all = append(all, t)
	}
	return all
}

func (d *decoder) throttleKeys(t *flow.Throttle, bytes bool) []key {
	path := func(v *lang.Node) { d.text(v, "Path", &t.Path) }
	rate := func(v *lang.Node) {
		var i int64
		if bytes {
			i, _ = d.Size(v, "Rate")
		} else {
			i, _ = d.Int(v, "Rate", 0, math.MaxInt64)
		}
		t.Rate = uint64(max(0, i))
	}
	return []key{
		{"Path", aText(), "", "The device, such as /dev/sda.", path},
		{"Rate", aSize(), "", "How much in a second.", rate},
		{"path", aText(), "", "", path},
		{"rate", aSize(), "", "", rate},
	}
}
