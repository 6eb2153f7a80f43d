package docker

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/api"
	"github.com/raddeploy/raddeploy/sdk"
)

func TestGPURequests(t *testing.T) {
	t.Parallel()
	cdi := map[string]any{"CDISpecDirs": []string{"/etc/cdi", "/var/run/cdi"}}
	named := []sdk.Device{{Index: "0", UUID: "GPU-1", CDI: "nvidia.com/gpu=0"}, {Index: "1", UUID: "GPU-2", CDI: "nvidia.com/gpu=1"}}
	unnamed := []sdk.Device{{Index: "0", UUID: "GPU-1"}, {Index: "3"}}
	mig := []sdk.Device{{Index: "0:1", UUID: "MIG-1", CDI: "nvidia.com/gpu=0:1"}}
	for name, test := range map[string]struct {
		info   map[string]any
		config string
		gpus   []sdk.Device
		count  int
		want   string
	}{
		"none":                      {info: cdi, want: `null`},
		"by CDI":                    {info: cdi, gpus: named, want: `[{"Driver":"cdi","Count":0,"DeviceIDs":["nvidia.com/gpu=0","nvidia.com/gpu=1"],"Capabilities":null,"Options":null}]`},
		"an engine without CDI":     {gpus: named, want: `[{"Driver":"nvidia","Count":0,"DeviceIDs":["GPU-1","GPU-2"],"Capabilities":[["gpu"]],"Options":null}]`},
		"devices without CDI":       {info: cdi, gpus: unnamed, want: `[{"Driver":"nvidia","Count":0,"DeviceIDs":["GPU-1","3"],"Capabilities":[["gpu"]],"Options":null}]`},
		"devices of both kinds":     {info: cdi, gpus: []sdk.Device{named[0], unnamed[1]}, want: `[{"Driver":"nvidia","Count":0,"DeviceIDs":["GPU-1","3"],"Capabilities":[["gpu"]],"Options":null}]`},
		"a UUID only":               {info: cdi, gpus: []sdk.Device{{UUID: "GPU-1"}}, want: `[{"Driver":"nvidia","Count":0,"DeviceIDs":["GPU-1"],"Capabilities":[["gpu"]],"Options":null}]`},
		"a MIG device by CDI":       {info: cdi, gpus: mig, want: `[{"Driver":"cdi","Count":0,"DeviceIDs":["nvidia.com/gpu=0:1"],"Capabilities":null,"Options":null}]`},
		"a MIG device, no CDI":      {gpus: mig, want: `[{"Driver":"nvidia","Count":0,"DeviceIDs":["MIG-1"],"Capabilities":[["gpu"]],"Options":null}]`},
		"a MIG device by its index": {gpus: []sdk.Device{{Index: "0:1"}}, want: `[{"Driver":"nvidia","Count":0,"DeviceIDs":["0:1"],"Capabilities":[["gpu"]],"Options":null}]`},
		"another vendor's":          {info: cdi, gpus: []sdk.Device{{CDI: "vendor.example/gpu=a"}}, want: `[{"Driver":"cdi","Count":0,"DeviceIDs":["vendor.example/gpu=a"],"Capabilities":null,"Options":null}]`},
		"the site wants CDI":        {info: cdi, config: `{"gpus":"cdi"}`, gpus: named[:1], want: `[{"Driver":"cdi","Count":0,"DeviceIDs":["nvidia.com/gpu=0"],"Capabilities":null,"Options":null}]`},
		"the site wants nvidia":     {info: cdi, config: `{"gpus":"nvidia"}`, gpus: named[:1], want: `[{"Driver":"nvidia","Count":0,"DeviceIDs":["GPU-1"],"Capabilities":[["gpu"]],"Options":null}]`},
		"a number, on another host": {info: cdi, count: 2, want: `[{"Driver":"nvidia","Count":2,"DeviceIDs":null,"Capabilities":[["gpu"]],"Options":null}]`},
	} {
		t.Run(name, func(t *testing.T) {
			task := &sdk.Task{Attempt: "a", Container: sdk.Container{Image: "x"}, GPUs: test.gpus, GPUCount: test.count}
			request := requested(t, test.info, test.config, task)
			var want any
			if err := json.Unmarshal([]byte(test.want), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, request["HostConfig"].(map[string]any)["DeviceRequests"]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What cannot be asked for is said before a container is made.
func TestGPUsThatCannotBeGiven(t *testing.T) {
	t.Parallel()
	cdi := api.Info{CDISpecDirs: []string{"/etc/cdi"}}
	for name, test := range map[string]struct {
		info api.Info
		ways string
		gpu  sdk.Device
		want string
	}{
		"CDI is wanted, and the engine has none":     {ways: "cdi", gpu: sdk.Device{Index: "0", CDI: "nvidia.com/gpu=0"}, want: "Docker 25"},
		"CDI is wanted, and the device has no spec":  {info: cdi, ways: "cdi", gpu: sdk.Device{Index: "0", UUID: "GPU-1"}, want: "nvidia-ctk cdi generate"},
		"only a CDI name, and the engine has no CDI": {ways: "auto", gpu: sdk.Device{CDI: "vendor.example/gpu=a"}, want: "by index or UUID"},
		"only a CDI name, and the site wants nvidia": {info: cdi, ways: "nvidia", gpu: sdk.Device{CDI: "vendor.example/gpu=a"}, want: "by index or UUID"},
	} {
		t.Run(name, func(t *testing.T) {
			e := &backend{config: &Config{GPUs: test.ways}}
			requests, found := e.gpus(&sdk.Task{GPUs: []sdk.Device{test.gpu}, GPUCount: 1}, test.info)
			if found == nil || requests != nil || !slices.Equal(found.Path, []string{"gpu"}) || !strings.Contains(found.Detail, test.want) {
				t.Errorf("got %v, %v", requests, found)
			}
		})
	}
}

// Where NVIDIA's runtime is the default, neither image nor flow decides which GPUs
// a task sees that was leased none.
func TestNoGPUWithoutALease(t *testing.T) {
	t.Parallel()
	all := []sdk.EnvVar{{Name: "NVIDIA_VISIBLE_DEVICES", Value: "all"}, {Name: "A", Value: "1"}}
	for runtime, want := range map[string][]any{
		"nvidia": {"A=1", "NVIDIA_VISIBLE_DEVICES=void"}, "runc": {"NVIDIA_VISIBLE_DEVICES=all", "A=1"},
	} {
		request := requested(t, map[string]any{"DefaultRuntime": runtime}, `{}`, &sdk.Task{Attempt: "a", Container: sdk.Container{Image: "x", Env: all}})
		if diff := cmp.Diff(want, request["Env"]); diff != "" {
			t.Errorf("%s: -want +got:\n%s", runtime, diff)
		}
	}
}

func TestDevices(t *testing.T) {
	t.Parallel()
	driver := t.TempDir()
	for bus, information := range map[string]string{
		"0000:3b:00.0": "Model: \t\t Tesla T4\nIRQ:   \t\t 34\nGPU UUID: \t GPU-1\nVideo BIOS: \t 90.04\nDevice Minor: \t 1\n",
		"0000:1a:00.0": "Model: \t\t Tesla T4\nGPU UUID: \t GPU-0\nDevice Minor: \t 0\n",
		"0000:af:00.0": "Model: \t\t Unknown\nGPU UUID: \t GPU-????????-????-????-????-????????????\n",
	} {
		if err := os.MkdirAll(filepath.Join(driver, bus), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(driver, bus, "information"), []byte(information), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got := withCDI(driverDevices(driver), []string{
		"nvidia.com/gpu=0", "nvidia.com/gpu=GPU-0", "nvidia.com/gpu=GPU-1", "nvidia.com/gpu=2:0", "nvidia.com/gpu=all", "vendor.example/net=0", "amd.com/gpu=0",
	})
	want := []sdk.Device{
		{Index: "0", UUID: "GPU-0", CDI: "nvidia.com/gpu=0"},
		{Index: "1", UUID: "GPU-1", CDI: "nvidia.com/gpu=GPU-1"},
		{Index: "2"},
		{Index: "2:0", CDI: "nvidia.com/gpu=2:0"},
		{Index: "0", CDI: "amd.com/gpu=0"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := driverDevices(filepath.Join(driver, "none")); got != nil {
		t.Errorf("without a driver: %v", got)
	}
}
