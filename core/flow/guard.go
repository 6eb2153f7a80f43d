package flow

import (
	"slices"
	"strings"
)

// GuardedWords are those words of a container that a flow may use only where the
// site allows it, though every executor knows them, each with what it may say
// anywhere.
var GuardedWords = map[string]string{
	"device_cgroup_rules": "",
	"ipc_mode":            "take private, shareable or none",
	"ports":               "take a port of the host from 1024 on",
}

// Guarded returns which of the GuardedWords lead a container out of its walls
// with these values. With device rules, and the right to make device files that
// engines give by default, a task reads and writes any disk of its host. With the
// IPC of the host or of another container it reads their shared memory. With the
// host's ports below 1024, which its users cannot take either, it can stand in
// for a service of the host that is being restarted.
func Guarded(ipcMode string, deviceRules []string, hostPorts ...int) []string {
	var words []string
	if len(deviceRules) > 0 {
		words = append(words, "device_cgroup_rules")
	}
	if !slices.Contains([]string{"", "private", "shareable", "none"}, ipcMode) {
		words = append(words, "ipc_mode")
	}
	if slices.ContainsFunc(hostPorts, func(port int) bool { return port > 0 && port < 1024 }) {
		words = append(words, "ports")
	}
	return words
}

// ownLabels are what labels begin with that are not for a flow to set: executors
// know their containers by them, and engines and the services around them act on
// them, such as containerd's, which starts a container again.
var ownLabels = []string{"raddeploy.", "containerd.io/", "io.containerd.", "io.cri-containerd", "io.kubernetes.", "com.docker.", "io.podman.", "nerdctl/"}

// OwnLabel returns what a label begins with that is not for a flow to set, or "".
func OwnLabel(name string) string {
	if i := slices.IndexFunc(ownLabels, func(prefix string) bool { return strings.HasPrefix(name, prefix) }); i >= 0 {
		return ownLabels[i]
	}
	return ""
}
