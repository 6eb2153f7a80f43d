package flow

import "slices"

// GuardedWords are those words of a container that a flow may use only where the
// site allows it, though every executor knows them.
var GuardedWords = []string{"device_cgroup_rules", "ipc_mode"}

// Guarded returns which of the GuardedWords lead a container out of its walls
// with these values. With device rules, and the right to make device files that
// engines give by default, a task reads and writes any disk of its host. With the
// IPC of the host or of another container it reads their shared memory.
func Guarded(ipcMode string, deviceRules []string) []string {
	var words []string
	if len(deviceRules) > 0 {
		words = append(words, "device_cgroup_rules")
	}
	if !slices.Contains([]string{"", "private", "shareable", "none"}, ipcMode) {
		words = append(words, "ipc_mode")
	}
	return words
}
