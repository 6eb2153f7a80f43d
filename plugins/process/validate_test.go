package process_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/raddeploy/raddeploy/plugins/process"
	"github.com/raddeploy/raddeploy/sdk"
)

func TestImages(t *testing.T) {
	s := newSite(t, process.Config{})
	bin := s.folder("bin", nil)
	program := filepath.Join(bin, "program")
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho it is $0 \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	s.config.Images = map[string]string{"raddeploy/threshold:latest": program}
	for name, test := range map[string]struct {
		container sdk.Container
		only      bool
		want      string
		reason    sdk.Reason
	}{
		"listed":            {sdk.Container{Image: "raddeploy/threshold:latest", Command: []string{"-x", "a b"}}, false, "it is " + program + " -x a b\n", sdk.Exited},
		"latest-is-implied": {sdk.Container{Image: "raddeploy/threshold"}, true, "it is " + program + "\n", sdk.Exited},
		"own-entrypoint":    {sdk.Container{Image: "raddeploy/threshold", Entrypoint: []string{"echo"}, Command: []string{"hi"}}, false, "hi\n", sdk.Exited},
		"hosts-programs":    {sdk.Container{Image: "localhost:5000/alpine", Command: []string{"echo", "hi"}}, false, "hi\n", sdk.Exited},
		"not-listed":        {sdk.Container{Image: "alpine", Command: []string{"echo", "hi"}}, true, "", sdk.ImageUnavailable},
		"no-command":        {sdk.Container{Image: "somebody/model:3"}, false, "", sdk.ImageUnavailable},
		"no-such-program":   {sdk.Container{Image: "alpine", Command: []string{"not-on-any-host"}}, false, "", sdk.StartFailed},
	} {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			s.config.OnlyImages = test.only
			task := s.shell(name, "")
			task.Container = test.container
			exit := s.run(task)
			if exit.Reason != test.reason || exit.Permanent != (test.reason == sdk.StartFailed) {
				t.Fatalf("got %+v", *exit)
			}
			if got := s.Logs(sdk.AttemptID(name), sdk.Stdout); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if test.reason != sdk.Exited && !strings.Contains(exit.Message, "images = {") {
				t.Errorf("the message does not say what to do: %q", exit.Message)
			}
			// What cannot have a program is said before it is started, too.
			found, err := s.Executor.ValidateTask(t.Context(), task)
			if refused := found.Failed(); err != nil || refused != (test.reason == sdk.ImageUnavailable) {
				t.Errorf("ValidateTask: %+v, %v", found, err)
			}
		})
	}
}

// An image is there if a program stands for it that can be run.
func TestHasImage(t *testing.T) {
	program := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	e := process.New(&process.Config{Images: map[string]string{"model:1": program, "other:latest": program, "gone:1": program + "-gone"}})
	for image, want := range map[string]bool{"model:1": true, "other": true, "model:2": false, "gone:1": false} {
		if there, err := e.HasImage(t.Context(), image); there != want || err != nil {
			t.Errorf("%s: %t, %v", image, there, err)
		}
	}
}

func TestValidateTaskNamesTheWord(t *testing.T) {
	// no cgroup, so no limits
	executor := process.New(&process.Config{Images: map[string]string{"gone": "/not/there", "here": "/bin/sh"}})
	for name, test := range map[string]struct {
		change  func(*sdk.Task)
		want    string
		warning bool
	}{
		"user":    {func(t *sdk.Task) { t.Container.User = "nobody-has-this-name" }, "user", false},
		"group":   {func(t *sdk.Task) { t.Container.User = "0:nobody-has-this-name" }, "user", false},
		"ipc":     {func(t *sdk.Task) { t.Container.IPCMode = "host" }, "ipc_mode", false},
		"devices": {func(t *sdk.Task) { t.Container.DeviceRules = []string{"c 42:* rmw"} }, "device_cgroup_rules", false},
		"gpus":    {func(t *sdk.Task) { t.GPUCount = 1 }, "gpu", false},
		"cpuset":  {func(t *sdk.Task) { t.Resources.CPUSetCPUs = "3-1" }, "cpuset_cpus", false},
		"program": {func(t *sdk.Task) { t.Container = sdk.Container{Image: "gone"} }, "image", false},
		"unused":  {func(t *sdk.Task) { t.Container.Image = "alpine" }, "image", true},
		"memory":  {func(t *sdk.Task) { t.Resources.Memory = 1 << 30 }, "mem_limit", true},
		"cpus":    {func(t *sdk.Task) { t.Resources.NanoCPUs = 1e9 }, "nano_cpus", true},
		"ports":   {func(t *sdk.Task) { t.Container.Ports = []sdk.Port{{Container: 80}} }, "ports", true},
		"target": {func(t *sdk.Task) { t.Mounts = []sdk.Mount{{Role: sdk.Input, Name: "src", Target: "/proc/../dev"}} },
			"input_mounts.src", false},
		"relative": {func(t *sdk.Task) { t.Mounts = []sdk.Mount{{Role: sdk.Output, Name: "dst", Target: "out"}} }, "output_mounts.dst", false},
	} {
		t.Run(name, func(t *testing.T) {
			task := &sdk.Task{Container: sdk.Container{Image: "here", Command: []string{"true"}}}
			test.change(task)
			found, err := executor.ValidateTask(t.Context(), task)
			if err != nil || len(found) != 1 {
				t.Fatalf("%+v, %v", found, err)
			}
			if got := strings.Join(found[0].Path, "."); got != test.want || found[0].Warning != test.warning || found[0].Detail == "" {
				t.Errorf("got %+v", found[0])
			}
		})
	}
}

func TestConfigIsDescribed(t *testing.T) {
	config := new(process.Config)
	if found := sdk.Decode([]byte(`{"images": {"a": "/b"}, "only_images": true}`), config); found != nil {
		t.Fatal(found)
	}
	if diff := cmp.Diff(&process.Config{Images: map[string]string{"a": "/b"}, OnlyImages: true, Cgroup: "raddeploy"}, config); diff != "" {
		t.Error(diff)
	}
	config.Images["a"] = "relative"
	if err := process.New(config).Configure(t.Context(), sdk.Site{}); sdk.KindOf(err) != sdk.InvalidArgument {
		t.Errorf("a relative program: %v", err)
	}
}
