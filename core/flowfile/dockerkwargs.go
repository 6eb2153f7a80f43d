package flowfile

import (
	"maps"
	"slices"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/lang"
)

// dockerWords are the other words of docker-py's containers.run, each with how a
// flow comes to what it does.
var dockerWords = map[string]way{
	"privileged": allowed, "cap_add": allowed, "devices": allowed, "volumes": allowed, "volumes_from": allowed, "network": allowed,
	"network_mode": allowed, "pid_mode": allowed, "uts_mode": allowed, "userns_mode": allowed, "cgroupns": allowed, "cgroup_parent": allowed,
	"security_opt": allowed, "sysctls": allowed, "runtime": allowed, "oom_kill_disable": allowed, "oom_score_adj": allowed,
	"storage_opt": allowed,

	"cap_drop": option, "ulimits": option, "extra_hosts": option, "dns": option, "dns_opt": option, "dns_search": option, "tmpfs": option,
	"init": option, "read_only": option, "group_add": option, "hostname": option, "domainname": option, "stop_signal": option,
	"cpuset_mems": option, "blkio_weight": option, "pids_limit": option,

	"device_requests":   "write gpu with the number of GPUs",
	"mounts":            "write input_mounts, output_mounts and static_mounts",
	"volume_driver":     "write input_mounts, output_mounts and static_mounts",
	"publish_all_ports": "write ports",
	"links":             "remove it: tasks hand files to each other by input_mounts and output_mounts",
	"restart_policy":    "write retries",
	"healthcheck":       "remove it: a task runs until its command ends",
	"log_config":        "remove it: what a task prints is kept, and shown by raddeploy logs",
	"name":              "remove it, or write it on the model: executors name containers by their attempts",
	"auto_remove":       needless, "remove": needless, "detach": needless, "stdout": needless, "stderr": needless, "stream": needless,
	"stdin_open": needless, "tty": needless, "blkio_weight_device": nowhere, "cpu_count": nowhere, "cpu_percent": nowhere,
	"init_path": nowhere, "isolation": nowhere, "kernel_memory": nowhere, "lxc_conf": nowhere, "mac_address": nowhere,
	"networking_config": nowhere, "platform": nowhere, "use_config_proxy": nowhere,
}

// way is how a flow comes to what a word does, as advice or as one of these.
type way string

const (
	allowed  way = "a guarded option of executors: only where the site allows it"
	option   way = "an option of executors that every flow may use"
	needless way = "remove it: executors begin, watch and remove containers themselves"
	nowhere  way = "remove it: no executor has it"
)

// dockerKwargs reads the container's words in their own map. Each of them may
// also stand directly on the model, but not both.
func (d *decoder) dockerKwargs(model, n *lang.Node, m *flow.Model, container []key) {
	if n.Kind != lang.Map {
		d.WrongType(n, "docker_kwargs", "a map with an image")
		return
	}
	for _, p := range n.Pairs {
		if other := model.Pair(p.Key); other != nil && (slices.Contains(names(container), p.Key) || isDockerWord(p.Key)) {
			d.Errorf(other.At, "remove one of them", "%s is given in docker_kwargs and directly on the model", p.Key)
		}
	}
	d.keys(n, container, func(p lang.Pair) { d.dockerWord(p, m, names(container)) })
}

// dockerWord reads a word that is none of the container's: refused, or an
// option where the site allows it.
func (d *decoder) dockerWord(p lang.Pair, m *flow.Model, container []string) {
	if d.allows(m, p.Key) {
		d.setOption(m, p)
		return
	}
	if dockerWords[p.Key] != "" {
		d.refuse(p.At, p.Key)
		return
	}
	d.Errorf(p.At, meant(p, container), "a container has no word %s", p.Key)
}

// wordsBy returns the words that a flow comes to in one way.
func wordsBy(one way) []string {
	words := maps.Clone(dockerWords)
	maps.DeleteFunc(words, func(_ string, w way) bool { return w != one })
	return slices.Sorted(maps.Keys(words))
}

// isDockerWord reports whether a word, which may stand on the model itself, is
// one of docker-py's alone.
func isDockerWord(word string) bool { return word != "name" && dockerWords[word] != "" }

// allows tells whether the site allows a word for a model.
func (d *decoder) allows(m *flow.Model, word string) bool {
	return d.options.Allowed != nil && d.options.Allowed(m.Executor, word)
}

// refuse reports a word that a flow may not use, or not there, and says how it
// comes to what the word does.
func (d *decoder) refuse(at lang.Range, word string) {
	instead, known := flow.GuardedWords[word]
	if instead == "" {
		instead = "remove it"
	}
	switch way := dockerWords[word]; {
	case way == option:
		d.Errorf(at, "write it in options, where each executor has its own words: "+d.spelling("options: {"+word+": …}", "options = { "+word+" = … }"), "%s is no word that every executor knows", word)
	case known || way == allowed:
		d.Errorf(at, instead+`, or have the site allow it: allow = ["`+word+`"] in its executor block`, "%s is not for a flow to decide", word)
	default:
		d.Errorf(at, string(way), "%s is not for a flow to decide", word)
	}
}

// AnyDockerWord allows every word of docker-py's containers.run, whatever the
// executor. It serves [Options.Allowed] where a flow is looked at and not run.
func AnyDockerWord(_, word string) bool {
	_, guarded := flow.GuardedWords[word]
	return isDockerWord(word) || guarded
}
