package flowfile

import (
	"slices"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/sdk/suggest"
)

// dockerWords are the other words of docker-py's containers.run: what a flow
// may use only where the site allows it.
var dockerWords = []string{
	"auto_remove", "blkio_weight", "blkio_weight_device", "cap_add", "cap_drop", "cgroup_parent", "cgroupns", "cpu_count", "cpu_percent",
	"cpuset_mems", "detach", "device_requests", "devices", "dns", "dns_opt", "dns_search", "domainname", "extra_hosts", "group_add",
	"healthcheck", "hostname", "init", "init_path", "isolation", "kernel_memory", "links", "log_config", "lxc_conf", "mac_address",
	"mounts", "network", "network_mode", "networking_config", "oom_kill_disable", "oom_score_adj", "pid_mode", "pids_limit", "platform",
	"privileged", "publish_all_ports", "read_only", "remove", "restart_policy", "runtime", "security_opt", "stdin_open", "stdout", "stderr",
	"stop_signal", "storage_opt", "stream", "sysctls", "tmpfs", "tty", "ulimits", "use_config_proxy", "userns_mode", "uts_mode",
	"volume_driver", "volumes", "volumes_from",
}

// dockerKwargs reads the container's words in their own map. Each of them may
// also stand directly on the model, but not both.
func (d *decoder) dockerKwargs(model, n *lang.Node, m *flow.Model, container []key) {
	if n.Kind != lang.Map {
		d.WrongType(n, "docker_kwargs", "a map with an image")
		return
	}
	for _, p := range n.Pairs {
		if other := model.Pair(p.Key); other != nil && (slices.Contains(names(container), p.Key) || slices.Contains(dockerWords, p.Key)) {
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
	if slices.Contains(dockerWords, p.Key) {
		d.refuse(p.At, p.Key)
		return
	}
	d.Errorf(p.At, suggest.Hint(p.Key, container, "remove it"), "a container has no word %s", p.Key)
}

// allows tells whether the site allows a word for a model.
func (d *decoder) allows(m *flow.Model, word string) bool {
	return d.options.Allowed != nil && d.options.Allowed(m.Executor, word)
}

// refuse reports a word that the site does not allow.
func (d *decoder) refuse(at lang.Range, word string) {
	d.Errorf(at, `remove it, or have the site allow it: allow = ["`+word+`"] in its executor block`, "%s is not for a flow to decide", word)
}

// AnyDockerWord allows every word of docker-py's containers.run, whatever the
// executor. It serves [Options.Allowed] where a flow is looked at and not run.
func AnyDockerWord(_, word string) bool {
	return slices.Contains(dockerWords, word) || slices.Contains(flow.GuardedWords, word)
}
