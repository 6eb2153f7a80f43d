package command_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
	"github.com/raddeploy/raddeploy/sdk/engine/command"
)

// Each word of a task is a flag: one that is left out makes a wrong result look
// right.
func TestFlags(t *testing.T) {
	zero := int64(0)
	throttle := []sdk.Throttle{{Path: "/dev/sda", Rate: 5}}
	task := &sdk.Task{
		Container: sdk.Container{
			Image: "a:1", Entrypoint: []string{"sh", "-c"}, Command: []string{"true", "--", "x"}, Env: []sdk.EnvVar{{Name: "A", Value: "1\r\n"}, {Name: "B", Value: ""}},
			User: "1:2", WorkingDir: "/w", IPCMode: "private", DeviceRules: []string{"c 1:3 mr"},
			Ports: []sdk.Port{{Container: 80}, {Container: 53, Host: 5353, Protocol: "udp"}, {Container: 1, HostIP: "::1"}, {Container: 2, HostIP: "127.0.0.1", Host: 3}},
		},
		Resources: sdk.Resources{
			Memory: 1, MemoryReservation: 2, MemorySwap: -1, MemorySwappiness: &zero, ShmSize: 3, NanoCPUs: 15e8, CPUShares: 4, CPUPeriod: 5, CPUQuota: 6,
			CPUSetCPUs: "0-1", CPURTPeriod: 7, CPURTRuntime: 8, PIDs: 9, DeviceReadBPS: throttle, DeviceReadIOPS: throttle, DeviceWriteBPS: throttle, DeviceWriteIOPS: throttle,
		},
		GPUs: command.GPUs([]string{"nvidia.com/gpu=GPU-a"}),
	}
	request := &engine.Request{Name: "n", Task: task, Labels: map[string]string{"b": "2", "a": "1"}, Mounts: []engine.Mount{
		{Source: "/s", Target: "/t"}, {Source: "/s", Target: "/r", ReadOnly: true}, {Source: "/s", Target: "/o", Upper: "/u", Work: "/v"},
	}}
	program := command.Program{Network: "host", Env: strings.NewReplacer("\r", "%").Replace}
	want := []string{
		"--name=n", "--label=a=1", "--label=b=2", "--env=A=1%\n", "--env=B=", "--device=nvidia.com/gpu=GPU-a", "--network=host", "--user=1:2", "--workdir=/w", "--ipc=private",
		"--entrypoint=sh", "--device-cgroup-rule=c 1:3 mr", "--publish=80/tcp", "--publish=5353:53/udp", "--publish=[::1]::1/tcp", "--publish=127.0.0.1:3:2/tcp",
		"--volume=/s:/t", "--volume=/s:/r:ro", "--volume=/s:/o:O,upperdir=/u,workdir=/v",
		"--memory=1", "--memory-reservation=2", "--memory-swap=-1", "--memory-swappiness=0", "--shm-size=3", "--cpus=1.5", "--cpu-shares=4", "--cpu-period=5", "--cpu-quota=6",
		"--cpuset-cpus=0-1", "--cpu-rt-period=7", "--cpu-rt-runtime=8", "--pids-limit=9",
		"--device-read-bps=/dev/sda:5", "--device-read-iops=/dev/sda:5", "--device-write-bps=/dev/sda:5", "--device-write-iops=/dev/sda:5",
	}
	if diff := cmp.Diff(want, program.Flags(request)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"--", "a:1", "-c", "true", "--", "x"}, command.Words(task)); diff != "" {
		t.Error(diff)
	}
	least := &engine.Request{Name: "n", Task: &sdk.Task{Container: sdk.Container{Image: "a", NetworkDisabled: true}}}
	if diff := cmp.Diff([]string{"--name=n", "--network=none"}, program.Flags(least)); diff != "" {
		t.Error(diff)
	}
}

func TestCheckRefusesWhatFlagsCannotSay(t *testing.T) {
	for _, row := range []struct {
		task sdk.Task
		path string
	}{
		{sdk.Task{Mounts: []sdk.Mount{{Role: sdk.Input, Name: "src", Source: "/a", Target: "/b:c"}}}, "input_mounts.src"},
		{sdk.Task{Mounts: []sdk.Mount{{Role: sdk.Output, Name: "dst", Source: "/a:b", Target: "/c"}}}, "output_mounts.dst"},
		{sdk.Task{GPUCount: 1}, "gpu"},
		{sdk.Task{GPUCount: 1, GPUs: []sdk.Device{{Index: "0"}}}, "gpu"},
		{sdk.Task{GPUCount: 1, GPUs: command.GPUs([]string{"nvidia.com/gpu=0"})}, ""},
	} {
		found := command.Check(&row.task)
		if len(found) > 1 || len(found) == 1 != (row.path != "") || len(found) == 1 && strings.Join(found[0].Path, ".") != row.path {
			t.Errorf("%+v: %v, want a complaint about %q", row.task, found, row.path)
		}
	}
}
