package docker

import (
	"os/exec"
	"testing"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// What an administrator ends is not the model's failure, and not tried again,
// whatever code the process ends with. Signals that do not end it are nothing.
func TestStoppedFromOutside(t *testing.T) {
	t.Parallel()
	s := docker.Site(t, "")
	for name, test := range map[string]struct {
		script  string
		command []string
		want    sdk.Reason
	}{
		"docker stop, and the process obeys": {"trap 'exit 0' TERM; echo up; while true; do sleep 0.1; done", []string{"stop"}, sdk.Stopped},
		"docker kill -s USR1":                {"trap 'exit 3' USR1; echo up; while true; do sleep 0.1; done", []string{"kill", "-s", "USR1"}, sdk.Exited},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := s.Task(test.script)
			s.Start(task)
			s.Says(task.Attempt, "up\n")
			command := exec.Command("docker", append(test.command, engine.ContainerName(task.Attempt))...)
			if said, err := command.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, said)
			}
			if got := s.Watch(task.Attempt); got.Reason != test.want || got.Message == "" {
				t.Errorf("%+v", got.Exit)
			}
		})
	}
}

// What the engine could not do is not the task's fault.
func TestNoSuchNetwork(t *testing.T) {
	t.Parallel()
	s := docker.Site(t, `{"network": "nosuch"}`)
	task := s.Task("true")
	task.Container.NetworkDisabled = false
	if got := s.Run(task); got.Reason != sdk.StartFailed || got.Permanent {
		t.Errorf("%+v", got.Exit)
	}
}

func TestInvalidImageReference(t *testing.T) {
	t.Parallel()
	s := docker.Site(t, "")
	for _, image := range []string{"a b", "UPPER", "busybox:", "busybox@sha256:1"} {
		task := s.Task("true")
		task.Container.Image = image
		found, err := s.Executor.ValidateTask(t.Context(), task)
		if err != nil || !found.Failed() || found[0].Path[0] != "image" || found[0].Detail == "" {
			t.Errorf("%q: %v, %v", image, found, err)
		}
	}
}
