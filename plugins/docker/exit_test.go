package docker

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

func TestEnds(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	for name, test := range map[string]struct {
		script string
		change func(*sdk.Task)
		want   sdk.Exit
	}{
		"zero":            {script: "exit 0", want: sdk.Exit{Reason: sdk.Exited}},
		"signal":          {script: "sleep 60 & kill -USR1 $$ ; wait", want: sdk.Exit{Reason: sdk.Exited, Code: 138, Signal: 10}, change: func(task *sdk.Task) { task.Options = &Options{Init: new(true)} }},
		"memory":          {script: "head -c 200m /dev/zero | tail", want: sdk.Exit{Reason: sdk.OutOfMemory, Code: 137, Signal: 9}, change: func(task *sdk.Task) { task.Resources.Memory, task.Resources.MemorySwap = 16<<20, 16<<20 }},
		"no such program": {want: sdk.Exit{Reason: sdk.StartFailed}, change: func(task *sdk.Task) { task.Container.Command = []string{"/no/such/program"} }},
		"no image, always": {want: sdk.Exit{Reason: sdk.ImageUnavailable}, change: func(task *sdk.Task) {
			task.Container.Image, task.Container.Pull = "127.0.0.1:5000/no/such:image", sdk.PullAlways
		}},
		"time over": {script: "sleep 600", want: sdk.Exit{Reason: sdk.TimedOut, Code: 137, Signal: 9}, change: func(task *sdk.Task) { task.Timeout = 300 * time.Millisecond }},
	} {
		t.Run(name, func(t *testing.T) {
			task := s.Task(test.script)
			if test.change != nil {
				test.change(task)
			}
			s.own().config.StopGrace = 0
			got := s.Run(task)
			if got.Reason != test.want.Reason || got.Code != test.want.Code || got.Signal != test.want.Signal {
				t.Errorf("got %+v, want %+v", got.Exit, test.want)
			}
			if ran := got.Reason != sdk.StartFailed && got.Reason != sdk.ImageUnavailable; ran != !got.Started.IsZero() {
				t.Errorf("started %v", got.Started)
			}
			if got.Exit.Succeeded() != (name == "zero") || (got.Message == "") != (name == "zero") {
				t.Errorf("got %+v", got.Exit)
			}
			t.Log(got.Message)
			if err := s.own().Remove(t.Context(), task.Attempt); err != nil {
				t.Error(err)
			}
		})
	}
}

// What an administrator ends is not the model's failure, and not tried again,
// whatever code the process ends with. Signals that do not end it are nothing.
func TestStoppedFromOutside(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	for name, test := range map[string]struct {
		script  string
		command []string
		want    sdk.Reason
	}{
		"docker kill":                        {"echo up; sleep 600", []string{"kill"}, sdk.Stopped},
		"docker stop":                        {"echo up; sleep 600", []string{"stop", "-t", "0"}, sdk.Stopped},
		"docker stop, and the process obeys": {"trap 'exit 0' TERM; echo up; while true; do sleep 0.1; done", []string{"stop"}, sdk.Stopped},
		"docker kill -s USR1":                {"trap 'exit 3' USR1; echo up; while true; do sleep 0.1; done", []string{"kill", "-s", "USR1"}, sdk.Exited},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := s.Task(test.script)
			s.Start(task)
			s.Says(task.Attempt, "up\n")
			command := exec.Command("docker", append(test.command, containerName(task.Attempt))...)
			if said, err := command.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, said)
			}
			if got := s.Watch(task.Attempt); got.Reason != test.want || got.Message == "" {
				t.Errorf("%+v", got.Exit)
			}
		})
	}
}

// What can never work says so and what to do; what the engine could not do is not
// the task's fault.
func TestStartsThatCanNeverWork(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	for name, test := range map[string]struct {
		change func(*sdk.Task)
		says   string // "": it may work another time
	}{
		"no such entrypoint":                 {func(task *sdk.Task) { task.Container.Entrypoint = []string{"/nosuch"} }, "check the model's command and entrypoint"},
		"no such program":                    {func(task *sdk.Task) { task.Container.Command = []string{"nosuch"} }, "check the model's command and entrypoint"},
		"a folder":                           {func(task *sdk.Task) { task.Container.Entrypoint = []string{"/etc"} }, "check the model's command and entrypoint"},
		"no such user":                       {func(task *sdk.Task) { task.Container.User = "nosuch" }, "check the model's user"},
		"no user of a number":                {func(task *sdk.Task) { task.Container.User = "99999999999" }, "check the model's user"},
		"a working directory that is a file": {func(task *sdk.Task) { task.Container.WorkingDir = "/etc/passwd/x" }, "check the model's working_dir"},
		"no such CPU":                        {func(task *sdk.Task) { task.Resources.CPUSetCPUs = "4000" }, "check the model's cpuset_cpus"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := s.Task("true")
			test.change(task)
			got := s.Run(task)
			if got.Reason != sdk.StartFailed || !got.Permanent || !strings.Contains(got.Message, test.says) {
				t.Errorf("%+v", got.Exit)
			}
		})
	}
	t.Run("no such network", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, `{"network": "nosuch"}`)
		task := s.Task("true")
		task.Container.NetworkDisabled = false
		if got := s.Run(task); got.Reason != sdk.StartFailed || got.Permanent {
			t.Errorf("%+v", got.Exit)
		}
	})
}

func TestInvalidImageReference(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	for _, image := range []string{"a b", "UPPER", "busybox:", "busybox@sha256:1"} {
		task := s.Task("true")
		task.Container.Image = image
		found, err := s.own().ValidateTask(t.Context(), task)
		if err != nil || !found.Failed() || found[0].Path[0] != "image" || found[0].Detail == "" {
			t.Errorf("%q: %v, %v", image, found, err)
		}
	}
}
