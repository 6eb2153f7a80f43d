package docker

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
)

// bare makes a site for the tests that all executors share.
func bare(t testing.TB, config string) *sitetest.Site {
	t.Helper()
	return newSite(t, config).Site
}

func TestInputIsPrivateAndWritable(t *testing.T) { sitetest.InputIsPrivateAndWritable(t, bare) }

func TestStaticIsReadOnly(t *testing.T) { sitetest.StaticIsReadOnly(t, bare) }

func TestOutputs(t *testing.T) { sitetest.Outputs(t, bare) }

func TestManyFiles(t *testing.T) { sitetest.ManyFiles(t, bare, 3000, 2777) }

func TestScratchIsEmptyAndWritable(t *testing.T) { sitetest.ScratchIsEmptyAndWritable(t, bare) }

func TestReadOnlyContainer(t *testing.T) {
	sitetest.ReadOnlyContainer(t, bare, &Options{ReadOnly: true})
}

func TestMountsOutsideTheRootsAreRefused(t *testing.T) {
	sitetest.MountsOutsideTheRootsAreRefused(t, bare)
}

func TestCopyRefusesSymlinksThatLeadOut(t *testing.T) {
	sitetest.CopyRefusesSymlinksThatLeadOut(t, bare)
}

// The engine makes an input's overlay before it finds that it cannot make the
// container.
func TestContainerThatCannotBeMadeLeavesNoVolume(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	task := s.Task("true", sdk.Mount{Role: sdk.Input, Name: "src", Source: s.Folder("in", "a", "x"), Target: "/input"},
		sdk.Mount{Role: sdk.Static, Name: "m", Source: s.Folder("model"), Target: "/model"})
	task.Options = &Options{Volumes: []any{s.Root + ":/model"}}
	if got := s.Run(task); got.Reason != sdk.StartFailed || !strings.Contains(got.Message, "Duplicate mount point") {
		t.Fatalf("%+v", got.Exit)
	}
	list := exec.Command("docker", "-H", endpoint(), "volume", "ls", "--quiet", "--filter", "label="+labelAttempt+"="+string(task.Attempt))
	if out, err := list.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("volumes left: %s (%v)", out, err)
	}
}

// TestInputThatCannotBeLaidOver has an input on an overlay of an overlay, the
// most that the kernel piles up.
func TestInputThatCannotBeLaidOver(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	lower := s.Folder("0", "a", "x")
	for _, level := range []string{"1", "2"} {
		lower = sitetest.Overlaid(t, s.Site, lower, s.Folder(level))
	}
	out := s.Folder("out")
	for round := range 2 {
		task := s.Task("cat /input/a > /output/a; echo y > /input/a", sdk.Mount{Role: sdk.Input, Name: "src", Source: lower, Target: "/input"},
			sdk.Mount{Role: sdk.Output, Name: "dst", Source: out, Target: "/output"})
		if got := s.Run(task); !got.Succeeded() || s.Read("out", "a") != "x" || s.Read("0", "a") != "x" {
			t.Errorf("%+v", got.Exit)
		}
		if a := s.own().attempts.Known(task.Attempt); a.copies != (round == 0) || !s.own().unlaid {
			t.Errorf("round %d: copied after trying: %v", round, a.copies)
		}
	}
}

// TestAgentOnAnOverlay has the attempt's folder on an overlay, as in a
// container: there no other one can have its upper layer.
func TestAgentOnAnOverlay(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	sitetest.Overlaid(t, s.Site, s.Folder("lower"), s.Folder("agent"))
	in, out := s.Folder("agent/merged/in", "a", "x"), s.Folder("agent/merged/out")
	task := s.Task("cat /input/a > /output/a; echo y > /input/a", sdk.Mount{Role: sdk.Input, Name: "src", Source: in, Target: "/input"},
		sdk.Mount{Role: sdk.Output, Name: "dst", Source: out, Target: "/output"})
	task.WorkDir = s.Folder("agent/merged/work")
	if got := s.Run(task); !got.Succeeded() || s.Read("agent/merged/out/a") != "x" || s.Read("agent/merged/in/a") != "x" {
		t.Errorf("%+v", got.Exit)
	}
	if s.own().unlaid {
		t.Error("it was found out by trying")
	}
}
