package docker

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/plugins/docker/enginetest"
	"github.com/raddeploy/raddeploy/plugins/internal/lifetest"
	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// volumesOf names the volumes of an engine that bear a site's label.
func volumesOf(t *testing.T, endpoint string, s *lifetest.Site) []string {
	t.Helper()
	out, err := exec.Command("docker", "-H", endpoint, "volume", "ls", "-q", "--filter", "label="+"raddeploy.site"+"="+s.Name).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return strings.Fields(string(out))
}

// An engine that is stopped in order under tasks leaves none of their volumes
// when they are removed.
func TestVolumesGoAfterTheEngineWasStopped(t *testing.T) {
	t.Parallel()
	d := enginetest.New(t)
	s := docker.Site(t, at(d))
	src := s.Folder("src", "a", "b")
	var tasks []*sdk.Task
	for range 3 {
		task := s.Task("echo up; sleep 1000", sdk.Mount{Role: sdk.Input, Name: "src", Source: src, Target: "/input"})
		s.Start(task)
		s.Says(task.Attempt, "up\n")
		tasks = append(tasks, task)
	}
	if n := len(volumesOf(t, d.Endpoint(), s)); n != 3 {
		t.Fatalf("%d volumes, want 3", n)
	}
	d.Stop()
	d.Start()
	for _, task := range tasks {
		s.WatchAgain(task.Attempt)
		if err := s.Executor.Remove(t.Context(), task.Attempt); err != nil {
			t.Error(err)
		}
	}
	if left := volumesOf(t, d.Endpoint(), s); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A volume without a container is something that the engine holds of an
// attempt: it is listed, and removing the attempt is repeated until it is gone.
func TestVolumesWithoutAContainer(t *testing.T) {
	t.Parallel()
	s := docker.Site(t, "")
	docker := func(args ...string) string {
		t.Helper()
		out, err := exec.Command("docker", append([]string{"-H", endpoint()}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("docker %v: %v: %s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	stray := func(task *sdk.Task) string {
		t.Helper()
		args := []string{"volume", "create"}
		for name, value := range map[string]string{"raddeploy.site": s.Name, "raddeploy.instance": "docker", engine.LabelAttempt: string(task.Attempt)} {
			args = append(args, "--label", name+"="+value)
		}
		return docker(args...)
	}
	listed := func() (ids []sdk.AttemptID) {
		t.Helper()
		held, err := s.Executor.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range held {
			if !h.Ended {
				t.Errorf("%s is not listed as ended", h.Attempt)
			}
			ids = append(ids, h.Attempt)
		}
		return ids
	}
	ran, lost := s.Task("true", sdk.Mount{Role: sdk.Input, Name: "src", Source: s.Folder("src", "a", "b"), Target: "/input"}), s.Task("true")
	s.Run(ran)
	stray(ran) // of a container that the engine could not make the first time
	if err := s.Executor.Remove(t.Context(), ran.Attempt); err != nil {
		t.Error(err)
	}
	if left := volumesOf(t, endpoint(), s); len(left) > 0 || len(listed()) > 0 {
		t.Errorf("of an attempt that ran are left: %v", left)
	}

	busy := stray(lost)
	user := docker("create", "--volume", busy+":/data", sitetest.Busybox, "true")
	t.Cleanup(func() { _ = exec.Command("docker", "-H", endpoint(), "rm", "-f", user).Run() })
	if got := listed(); len(got) != 1 || got[0] != lost.Attempt {
		t.Errorf("listed: %v, want %s", got, lost.Attempt)
	}
	if err := s.Executor.Remove(t.Context(), lost.Attempt); sdk.KindOf(err) != sdk.Unavailable {
		t.Errorf("removing what is in use: %v, want an error that asks to try again", err)
	}
	if got := listed(); len(got) != 1 {
		t.Errorf("what could not be removed is not listed any more: %v", got)
	}
	docker("rm", user)
	if err := s.Executor.Remove(t.Context(), lost.Attempt); err != nil || len(listed()) > 0 || len(volumesOf(t, endpoint(), s)) > 0 {
		t.Errorf("removing it again: %v", err)
	}
}
