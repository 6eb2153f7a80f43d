package cgroup

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/raddeploy/raddeploy/sdk"
)

func TestValues(t *testing.T) {
	for name, test := range map[string]struct {
		limits sdk.Resources
		want   map[string]string
	}{
		"nothing":       {sdk.Resources{}, map[string]string{}},
		"memory":        {sdk.Resources{Memory: 100, MemoryReservation: 50, MemorySwap: 130}, map[string]string{"memory.max": "100", "memory.low": "50", "memory.swap.max": "30"}},
		"no swap":       {sdk.Resources{Memory: 100, MemorySwap: 100}, map[string]string{"memory.max": "100", "memory.swap.max": "0"}},
		"any swap":      {sdk.Resources{MemorySwap: -1}, map[string]string{"memory.swap.max": "max"}},
		"half a CPU":    {sdk.Resources{NanoCPUs: 500_000_000}, map[string]string{"cpu.max": "50000 100000"}},
		"quota":         {sdk.Resources{CPUQuota: 20000, CPUPeriod: 10000}, map[string]string{"cpu.max": "20000 10000"}},
		"least shares":  {sdk.Resources{CPUShares: 1}, map[string]string{"cpu.weight": "1"}},
		"most shares":   {sdk.Resources{CPUShares: 262144}, map[string]string{"cpu.weight": "10000"}},
		"process count": {sdk.Resources{PIDs: 10}, map[string]string{"pids.max": "10"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, values(&test.limits)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
