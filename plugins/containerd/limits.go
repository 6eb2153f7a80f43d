package containerd

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/raddeploy/raddeploy/sdk"
)

const (
	defaultPeriod = 100_000 // microseconds: the kernel's
	leastMemory   = 6 << 20 // with less the runtime cannot start anything
)

var cpuList = regexp.MustCompile(`^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$`)

// limits turns a task's resources into the runtime's, as Docker does, and
// refuses what this host's control groups cannot hold.
func (b *backend) limits(task *sdk.Task) (*specs.LinuxResources, sdk.Diagnostics) {
	r := task.Resources
	var found sdk.Diagnostics
	need := func(asked, able bool, word string) bool {
		if asked && !able {
			found = append(found, sdk.Diagnostic{Path: []string{word}, Summary: "the control groups of this host cannot hold to it",
				Detail: "leave the word out, or run the task on another host"})
		}
		return asked && able
	}
	wrong := func(bad bool, word, summary string) {
		if bad {
			found = append(found, sdk.Diagnostic{Path: []string{word}, Summary: summary})
		}
	}
	out := &specs.LinuxResources{Memory: &specs.LinuxMemory{}, CPU: &specs.LinuxCPU{}, BlockIO: &specs.LinuxBlockIO{}}

	wrong(r.Memory != 0 && r.Memory < leastMemory, "mem_limit", "it must be 6m or more")
	if need(r.Memory != 0, b.host.Memory, "mem_limit") {
		out.Memory.Limit = &r.Memory
	}
	wrong(r.MemoryReservation != 0 && r.Memory != 0 && r.MemoryReservation > r.Memory, "mem_reservation", "it must be no more than mem_limit")
	if need(r.MemoryReservation != 0, b.host.Memory, "mem_reservation") {
		out.Memory.Reservation = &r.MemoryReservation
	}
	wrong(r.MemorySwap != 0 && r.Memory == 0, "memswap_limit", "it needs mem_limit: it is memory and swap together")
	wrong(r.MemorySwap > 0 && r.MemorySwap < r.Memory, "memswap_limit", "it must be mem_limit or more: it is memory and swap together")
	if need(r.MemorySwap != 0, b.host.Swap, "memswap_limit") {
		out.Memory.Swap = &r.MemorySwap
	} else if r.Memory != 0 && b.host.Swap {
		swap := 2 * r.Memory
		out.Memory.Swap = &swap
	}
	if s := r.MemorySwappiness; s != nil && need(true, b.host.Memory && !b.host.V2, "mem_swappiness") {
		wrong(*s < 0 || *s > 100, "mem_swappiness", "it must lie between 0 and 100")
		swappiness := uint64(*s)
		out.Memory.Swappiness = &swappiness
	}
	wrong(r.ShmSize < 0, "shm_size", "it must be more than nothing")

	period := uint64(defaultPeriod)
	if need(r.CPUPeriod != 0, b.host.CPU, "cpu_period") {
		period = uint64(r.CPUPeriod)
		out.CPU.Period = &period
	}
	wrong(r.CPUPeriod != 0 && (r.CPUPeriod < 1000 || r.CPUPeriod > 1_000_000), "cpu_period", "it must lie between 1000 and 1000000 microseconds")
	if need(r.CPUQuota != 0, b.host.CPU, "cpu_quota") {
		out.CPU.Quota = &r.CPUQuota
	}
	wrong(r.NanoCPUs != 0 && (r.CPUQuota != 0 || r.CPUPeriod != 0), "nano_cpus", "it means the same as cpu_quota and cpu_period: give one or the others")
	wrong(r.NanoCPUs < 0, "nano_cpus", "it must be more than nothing")
	if need(r.NanoCPUs != 0, b.host.CPU, "nano_cpus") {
		quota := max(1000, r.NanoCPUs*defaultPeriod/1_000_000_000)
		out.CPU.Quota, out.CPU.Period = &quota, &period
	}
	if need(r.CPUShares != 0, b.host.CPU, "cpu_shares") {
		shares := uint64(max(2, r.CPUShares))
		out.CPU.Shares = &shares
	}
	wrong(r.CPUSetCPUs != "" && !cpuList.MatchString(r.CPUSetCPUs), "cpuset_cpus", `write numbers such as "0-2,7"`)
	if need(r.CPUSetCPUs != "", b.host.Sets, "cpuset_cpus") {
		out.CPU.Cpus = r.CPUSetCPUs
	}
	if need(r.CPURTPeriod != 0, b.host.RealTime, "cpu_rt_period") {
		realtime := uint64(r.CPURTPeriod)
		out.CPU.RealtimePeriod = &realtime
	}
	if need(r.CPURTRuntime != 0, b.host.RealTime, "cpu_rt_runtime") {
		out.CPU.RealtimeRuntime = &r.CPURTRuntime
	}
	if need(r.PIDs != 0, b.host.PIDs, "pids_limit") {
		out.Pids = &specs.LinuxPids{Limit: &r.PIDs}
	}
	for _, t := range []struct {
		word string
		from []sdk.Throttle
		to   *[]specs.LinuxThrottleDevice
	}{
		{"device_read_bps", r.DeviceReadBPS, &out.BlockIO.ThrottleReadBpsDevice}, {"device_read_iops", r.DeviceReadIOPS, &out.BlockIO.ThrottleReadIOPSDevice},
		{"device_write_bps", r.DeviceWriteBPS, &out.BlockIO.ThrottleWriteBpsDevice}, {"device_write_iops", r.DeviceWriteIOPS, &out.BlockIO.ThrottleWriteIOPSDevice},
	} {
		if need(len(t.from) > 0, b.host.BlockIO, t.word) {
			throttles, err := throttles(t.from)
			wrong(err != nil, t.word, fmt.Sprint(err))
			*t.to = throttles
		}
	}
	return out, found
}

func throttles(list []sdk.Throttle) ([]specs.LinuxThrottleDevice, error) {
	var out []specs.LinuxThrottleDevice
	for _, t := range list {
		var info unix.Stat_t
		if err := unix.Stat(t.Path, &info); err != nil {
			return nil, fmt.Errorf("%s: %w", t.Path, os.ErrNotExist)
		}
		if info.Mode&unix.S_IFMT != unix.S_IFBLK {
			return nil, fmt.Errorf("%s is no block device", t.Path)
		}
		device := specs.LinuxThrottleDevice{Rate: t.Rate}
		device.Major, device.Minor = int64(unix.Major(info.Rdev)), int64(unix.Minor(info.Rdev))
		out = append(out, device)
	}
	return out, nil
}

var deviceRule = regexp.MustCompile(`^([acb]) ([0-9]+|\*):([0-9]+|\*) ([rwm]{1,3})$`)

// deviceRules reads rules of control groups such as "c 42:* rmw".
func deviceRules(rules []string) ([]specs.LinuxDeviceCgroup, sdk.Diagnostics) {
	var out []specs.LinuxDeviceCgroup
	for i, rule := range rules {
		parts := deviceRule.FindStringSubmatch(strings.TrimSpace(rule))
		if parts == nil {
			return nil, sdk.Diagnostics{{Path: []string{"device_cgroup_rules", strconv.Itoa(i)}, Summary: fmt.Sprintf("%q is no rule", rule),
				Detail: `write one such as "c 42:* rmw"`}}
		}
		one := specs.LinuxDeviceCgroup{Allow: true, Type: parts[1], Access: parts[4]}
		for at, to := range map[int]**int64{2: &one.Major, 3: &one.Minor} {
			if number, err := strconv.ParseInt(parts[at], 10, 64); err == nil {
				*to = &number
			}
		}
		out = append(out, one)
	}
	return out, nil
}
