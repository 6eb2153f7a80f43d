package cgroup

import (
	"os"
	"path/filepath"
	"testing"
)

func TestLook(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		files []string
		want  Host
	}{
		"v2":                   {[]string{"cgroup.controllers"}, Host{V2: true, CPU: true, Memory: true, PIDs: true, Swap: true}},
		"v1":                   {[]string{"cpu/cpu.cfs_quota_us", "memory/memory.limit_in_bytes", "pids/tasks"}, Host{CPU: true, Memory: true, PIDs: true}},
		"v1 that counts swap":  {[]string{"memory/memory.limit_in_bytes", "memory/memory.memsw.limit_in_bytes"}, Host{Memory: true, Swap: true}},
		"v1 with real time":    {[]string{"cpu/cpu.rt_runtime_us"}, Host{RealTime: true}},
		"v1 that throttles":    {[]string{"blkio/blkio.throttle.read_bps_device", "cpuset/cpuset.cpus"}, Host{BlockIO: true, Sets: true}},
		"a host that has none": {nil, Host{}},
	} {
		root := t.TempDir()
		for _, file := range test.files {
			path := filepath.Join(root, file)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte("cpu memory pids\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := Look(root); got != test.want {
			t.Errorf("%s: got %+v, want %+v", name, got, test.want)
		}
	}
}
