package docker

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

func TestManyFiles(t *testing.T) { sitetest.ManyFiles(t, docker.Bare, 3000, 2777) }

func TestReadOnlyContainer(t *testing.T) {
	sitetest.ReadOnlyContainer(t, docker.Bare, &Options{ReadOnly: true})
}

// The engine makes an input's overlay before it finds that it cannot make the
// container.
func TestContainerThatCannotBeMadeLeavesNoVolume(t *testing.T) {
	t.Parallel()
	s := docker.Site(t, "")
	task := s.Task("true", sdk.Mount{Role: sdk.Input, Name: "src", Source: s.Folder("in", "a", "x"), Target: "/input"},
		sdk.Mount{Role: sdk.Static, Name: "m", Source: s.Folder("model"), Target: "/model"})
	task.Options = &Options{Volumes: []any{s.Root + ":/model"}}
	if got := s.Run(task); got.Reason != sdk.StartFailed || !strings.Contains(got.Message, "Duplicate mount point") {
		t.Fatalf("%+v", got.Exit)
	}
	list := exec.Command("docker", "-H", endpoint(), "volume", "ls", "--quiet", "--filter", "label="+engine.LabelAttempt+"="+string(task.Attempt))
	if out, err := list.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("volumes left: %s (%v)", out, err)
	}
}
