package cgroup

import (
	"fmt"
	"strconv"

	"github.com/raddeploy/raddeploy/sdk"
)

// values translates limits into the files of cgroup v2, in the way that runc
// does for container engines.
func values(r *sdk.Resources) map[string]string {
	v := map[string]string{}
	number := func(file string, n int64) {
		if n > 0 {
			v[file] = strconv.FormatInt(n, 10)
		}
	}
	number("memory.max", r.Memory)
	number("memory.low", r.MemoryReservation)
	number("pids.max", r.PIDs)
	switch {
	case r.MemorySwap < 0:
		v["memory.swap.max"] = "max"
	case r.MemorySwap > 0:
		v["memory.swap.max"] = strconv.FormatInt(max(r.MemorySwap-r.Memory, 0), 10)
	}
	if r.CPUShares > 0 { // 2…262144 become 1…10000
		v["cpu.weight"] = strconv.FormatInt(1+(max(r.CPUShares, 2)-2)*9999/262142, 10)
	}
	const defaultPeriod = 100_000 // microseconds
	period := r.CPUPeriod
	if period == 0 {
		period = defaultPeriod
	}
	switch {
	case r.NanoCPUs > 0:
		v["cpu.max"] = fmt.Sprintf("%d %d", r.NanoCPUs*defaultPeriod/1e9, defaultPeriod)
	case r.CPUQuota > 0:
		v["cpu.max"] = fmt.Sprintf("%d %d", r.CPUQuota, period)
	}
	return v
}
