package launch

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/bash"
)

// capabilities are what container engines leave a container's root.
var capabilities = []string{
	"CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_MKNOD", "CAP_NET_BIND_SERVICE", "CAP_NET_RAW",
	"CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
}

// bundle is bash that prints a bundle's config.json. Rootless is for a
// namespace that has one user only and may limit nothing.
func bundle(c *Container, rootless bool) string {
	words := []string{`"$root"`} // what only bash knows
	mark := func(word string) string {
		words = append(words, word)
		return fmt.Sprintf("@raddeploy:%d@", len(words)-1)
	}
	spec := specification(c, rootless)
	spec.Root = &specs.Root{Path: "@raddeploy:0@"}
	for _, b := range c.binds() {
		how := "rw"
		if b.readOnly {
			how = "ro"
		}
		spec.Mounts = append(spec.Mounts, specs.Mount{Destination: b.target, Type: "bind", Source: mark(b.source), Options: []string{"rbind", how}})
	}
	text, err := json.Marshal(spec)
	if err != nil {
		panic(err) // numbers, texts and lists of them
	}
	script := "\tprintf %s " + bash.Quote(string(text))
	for i, word := range words {
		script = strings.Replace(script, fmt.Sprintf("@raddeploy:%d@", i), `'"$(json `+word+`)"'`, 1)
	}
	return script + "\n"
}

func specification(c *Container, rootless bool) *specs.Spec {
	uid, gid := c.ids()
	if rootless {
		uid, gid = "0", "0"
	}
	spec := &specs.Spec{
		Version: "1.0.2",
		Process: &specs.Process{
			User: specs.User{UID: id(uid), GID: id(gid)},
			Args: c.argv(), Env: c.assignments(), Cwd: c.workingDir(),
		},
		Hostname: "container",
		Mounts:   systemMounts(c.Resources.ShmSize, rootless),
		Linux: &specs.Linux{
			Namespaces: []specs.LinuxNamespace{{Type: specs.PIDNamespace}, {Type: specs.IPCNamespace}, {Type: specs.UTSNamespace}, {Type: specs.MountNamespace}},
			MaskedPaths: []string{"/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list",
				"/proc/timer_stats", "/sys/firmware"},
			ReadonlyPaths: []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"},
		},
	}
	effective := capabilities
	if uid != "0" {
		effective = nil
	}
	spec.Process.Capabilities = &specs.LinuxCapabilities{Bounding: capabilities, Effective: effective, Permitted: effective}
	if rootless {
		return spec
	}
	limits := &specs.LinuxResources{}
	if c.GPUs == 0 {
		limits.Devices = []specs.LinuxDeviceCgroup{{Allow: false, Access: "rwm"}}
	}
	if memory := c.Resources.Memory; memory > 0 {
		limits.Memory = &specs.LinuxMemory{Limit: &memory}
	}
	if pids := c.Resources.PIDs; pids > 0 {
		limits.Pids = &specs.LinuxPids{Limit: &pids}
	}
	spec.Linux.Resources = limits
	return spec
}

func id(text string) uint32 {
	n, _ := strconv.ParseUint(text, 10, 32) // ids makes numbers
	return uint32(n)
}

// systemMounts are what every container has.
func systemMounts(shm int64, rootless bool) []specs.Mount {
	if shm <= 0 {
		shm = 64 << 20
	}
	sys := specs.Mount{Destination: "/sys", Type: "sysfs", Source: "sysfs", Options: []string{"nosuid", "noexec", "nodev", "ro"}}
	if rootless { // its network belongs to another user namespace
		sys = specs.Mount{Destination: "/sys", Type: "bind", Source: "/sys", Options: []string{"rbind", "ro"}}
	}
	return []specs.Mount{
		{Destination: "/proc", Type: "proc", Source: "proc"},
		{Destination: "/dev", Type: "tmpfs", Source: "tmpfs", Options: []string{"nosuid", "strictatime", "mode=755", "size=65536k"}},
		{Destination: "/dev/pts", Type: "devpts", Source: "devpts", Options: []string{"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"}},
		{Destination: "/dev/shm", Type: "tmpfs", Source: "shm", Options: []string{"nosuid", "noexec", "nodev", "mode=1777", fmt.Sprintf("size=%d", shm)}},
		{Destination: "/dev/mqueue", Type: "mqueue", Source: "mqueue", Options: []string{"nosuid", "noexec", "nodev"}},
		sys,
	}
}
