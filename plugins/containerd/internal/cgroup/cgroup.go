// Package cgroup tells which limits this host's control groups can hold. It
// reads only, and decides nothing.
package cgroup

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Mounted is where hosts have their control groups.
const Mounted = "/sys/fs/cgroup"

// Host is what a host's control groups can do.
type Host struct {
	V2                                               bool
	CPU, Sets, Memory, PIDs, BlockIO, Swap, RealTime bool
}

// Look reads a mounted tree of control groups.
func Look(root string) Host {
	if text, err := os.ReadFile(filepath.Join(root, "cgroup.controllers")); err == nil {
		on := strings.Fields(string(text))
		has := func(name string) bool { return slices.Contains(on, name) }
		return Host{V2: true, CPU: has("cpu"), Sets: has("cpuset"), Memory: has("memory"), PIDs: has("pids"), BlockIO: has("io"), Swap: has("memory")}
	}
	has := func(name string) bool {
		_, err := os.Stat(filepath.Join(root, name))
		return err == nil
	}
	return Host{
		CPU: has("cpu/cpu.cfs_quota_us"), Sets: has("cpuset/cpuset.cpus"), Memory: has("memory/memory.limit_in_bytes"), PIDs: has("pids"),
		BlockIO: has("blkio/blkio.throttle.read_bps_device"), Swap: has("memory/memory.memsw.limit_in_bytes"), RealTime: has("cpu/cpu.rt_runtime_us"),
	}
}

// Version is "v1" or "v2".
func (h Host) Version() string {
	if h.V2 {
		return "v2"
	}
	return "v1"
}
