package docker

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/raddeploy/raddeploy/sdk"
)

// everyWay runs a test for each way that files get into containers.
func everyWay(t *testing.T, test func(t *testing.T, s *site)) {
	for name, config := range map[string]string{"local": "", "copy": `{"mounts": "copy"}`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newSite(t, config))
		})
	}
}

func TestInputIsPrivateAndWritable(t *testing.T) {
	everyWay(t, func(t *testing.T, s *site) {
		in := s.folder("in:with,odd", "a.dcm", "original", "sub/b.dcm", "also")
		if err := os.Symlink("a.dcm", filepath.Join(in, "link")); err != nil {
			t.Fatal(err)
		}
		s.folder("out")
		for _, source := range []string{in, s.folder("plain", "a.dcm", "original", "sub/b.dcm", "also", "link", "original")} {
			out := s.folder("out-" + filepath.Base(source))
			task := s.task("cat /input/a.dcm /input/sub/b.dcm /input/link > /output/read && echo changed > /input/a.dcm && "+
				"rm /input/sub/b.dcm && echo new > /input/new && ls -R /input > /output/list",
				sdk.Mount{Role: sdk.Input, Name: "src", Source: source, Target: "/input"},
				sdk.Mount{Role: sdk.Output, Name: "dst", Source: out, Target: "/output"})
			if got := s.run(task); !got.Succeeded() {
				t.Fatalf("%+v\n%s", got.Exit, s.logs(task.Attempt, sdk.Stderr))
			}
			if got, want := s.read(filepath.Base(out), "read"), "originalalsooriginal"; got != want {
				t.Errorf("the container read %q, want %q", got, want)
			}
			if got, want := s.read(filepath.Base(out), "list"), "/input:\na.dcm\nlink\nnew\nsub\n\n/input/sub:\n"; got != want {
				t.Errorf("the container's input has %q, want %q", got, want)
			}
			if diff := cmp.Diff([]string{"a.dcm", "link", "sub", "sub/b.dcm"}, names(t, source)); diff != "" {
				t.Errorf("the source has changed: %s", diff)
			}
			if got := s.read(filepath.Base(source), "a.dcm"); got != "original" {
				t.Errorf("the source has changed: %q", got)
			}
		}
	})
}

func TestStaticIsReadOnly(t *testing.T) {
	everyWay(t, func(t *testing.T, s *site) {
		model, out := s.folder("model", "weights", "1 2 3"), s.folder("out")
		task := s.task("cat /model/weights > /output/read; echo x > /model/weights; echo x > /model/new; exit 0",
			sdk.Mount{Role: sdk.Static, Name: "m", Source: model, Target: "/model"},
			sdk.Mount{Role: sdk.Output, Name: "dst", Source: out, Target: "/output"})
		if got := s.run(task); !got.Succeeded() {
			t.Fatalf("%+v", got.Exit)
		}
		if got := s.read("out", "read"); got != "1 2 3" {
			t.Errorf("the container read %q", got)
		}
		if diff := cmp.Diff([]string{"weights"}, names(t, model)); diff != "" || s.read("model", "weights") != "1 2 3" {
			t.Errorf("the static has changed: %s", diff)
		}
		if stderr := s.logs(task.Attempt, sdk.Stderr); strings.Count(stderr, "Read-only file system") != 2 {
			t.Errorf("writing to a static said %q", stderr)
		}
	})
}

func TestOutputs(t *testing.T) {
	for name, test := range map[string]struct {
		script string
		user   string
		want   []string
	}{
		"nothing": {script: "true"},
		"deep":    {script: "mkdir -p /output/a/b && echo x > /output/a/b/c && chmod -R 0 /output/a", want: []string{"a", "a/b", "a/b/c"}},
		"any owner": {script: "echo x > /output/x && id -u > /output/id && chmod 600 /output/x", user: "1234:1234",
			want: []string{"id", "x"}},
		"a symlink to the host": {script: "ln -s /etc /output/etc; ln -s /etc/hostname /output/name; echo x > /output/etc/written", want: []string{"etc", "name"}},
		"hard links":            {script: "echo x > /output/a; ln /output/a /output/b", want: []string{"a", "b"}},
		"a pipe":                {script: "mkfifo /output/.p; rm /output/.p; touch /output/.hidden", want: []string{".hidden"}},
		"though it fails":       {script: "echo x > /output/x; exit 3", want: []string{"x"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			everyWay(t, func(t *testing.T, s *site) {
				out := s.folder("out")
				task := s.task(test.script, sdk.Mount{Role: sdk.Output, Name: "dst", Source: out, Target: "/output"})
				task.Container.User = test.user
				if got := s.run(task); got.Reason != sdk.Exited {
					t.Fatalf("%+v", got.Exit)
				}
				if diff := cmp.Diff(test.want, names(t, out)); diff != "" {
					t.Errorf("output: %s\n%s", diff, s.logs(task.Attempt, sdk.Stderr))
				}
				if _, err := os.Lstat("/etc/written"); err == nil {
					t.Error("a file was written outside of the output")
				}
			})
		})
	}
}

func TestManyFiles(t *testing.T) {
	everyWay(t, func(t *testing.T, s *site) {
		out := s.folder("out")
		task := s.task("cd /output && for i in $(seq 3000); do echo $i > $i; done", sdk.Mount{Role: sdk.Output, Name: "dst", Source: out, Target: "/output"})
		if got := s.run(task); !got.Succeeded() {
			t.Fatalf("%+v", got.Exit)
		}
		if got := names(t, out); len(got) != 3000 || s.read("out", "2777") != "2777\n" {
			t.Errorf("got %d files", len(got))
		}
	})
}

// The engine makes an input's overlay before it finds that it cannot make the container.
func TestContainerThatCannotBeMadeLeavesNoVolume(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	task := s.task("true", sdk.Mount{Role: sdk.Input, Name: "src", Source: s.folder("in", "a", "x"), Target: "/input"},
		sdk.Mount{Role: sdk.Static, Name: "m", Source: s.folder("model"), Target: "/model"})
	task.Options = &Options{Volumes: []any{s.root + ":/model"}}
	if got := s.run(task); got.Reason != sdk.StartFailed || !strings.Contains(got.Message, "Duplicate mount point") {
		t.Fatalf("%+v", got.Exit)
	}
	list := exec.Command("docker", "-H", endpoint(), "volume", "ls", "--quiet", "--filter", "label="+labelAttempt+"="+string(task.Attempt))
	if out, err := list.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("volumes left: %s (%v)", out, err)
	}
}

// TestInputThatCannotBeLaidOver has an input on an overlay of an overlay, the most that the kernel piles up.
func TestInputThatCannotBeLaidOver(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	lower := s.folder("0", "a", "x")
	for _, level := range []string{"1", "2"} {
		lower = overlaid(t, s, lower, s.folder(level))
	}
	out := s.folder("out")
	for round := range 2 {
		task := s.task("cat /input/a > /output/a; echo y > /input/a", sdk.Mount{Role: sdk.Input, Name: "src", Source: lower, Target: "/input"},
			sdk.Mount{Role: sdk.Output, Name: "dst", Source: out, Target: "/output"})
		if got := s.run(task); !got.Succeeded() || s.read("out", "a") != "x" || s.read("0", "a") != "x" {
			t.Errorf("%+v", got.Exit)
		}
		if a := s.executor.attempts.Known(task.Attempt); a.copies != (round == 0) || !s.executor.unlaid {
			t.Errorf("round %d: copied after trying: %v", round, a.copies)
		}
	}
}

// overlaid mounts an overlay of a folder for the time of the test, and returns it.
func overlaid(t *testing.T, s *site, lower, name string) string {
	t.Helper()
	merged := s.folder(filepath.Base(name) + "/merged")
	data := "lowerdir=" + lower + ",upperdir=" + s.folder(filepath.Base(name)+"/upper") + ",workdir=" + s.folder(filepath.Base(name)+"/work")
	if err := syscall.Mount("overlay", merged, "overlay", 0, data); err != nil {
		t.Skipf("cannot mount an overlay: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(merged, 0); err != nil {
			t.Error(err)
		}
	})
	return merged
}

// TestAgentOnAnOverlay has the attempt's folder on an overlay, as in a container: there no other one can have its upper layer.
func TestAgentOnAnOverlay(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	overlaid(t, s, s.folder("lower"), s.folder("agent"))
	in, out := s.folder("agent/merged/in", "a", "x"), s.folder("agent/merged/out")
	task := s.task("cat /input/a > /output/a; echo y > /input/a", sdk.Mount{Role: sdk.Input, Name: "src", Source: in, Target: "/input"},
		sdk.Mount{Role: sdk.Output, Name: "dst", Source: out, Target: "/output"})
	task.WorkDir = s.folder("agent/merged/work")
	if got := s.run(task); !got.Succeeded() || s.read("agent/merged/out/a") != "x" || s.read("agent/merged/in/a") != "x" {
		t.Errorf("%+v", got.Exit)
	}
	if s.executor.unlaid {
		t.Error("it was found out by trying")
	}
}

func TestScratchIsEmptyAndWritable(t *testing.T) {
	everyWay(t, func(t *testing.T, s *site) {
		task := s.task(`test -z "$(ls /scratch)" && echo x > /scratch/x`, sdk.Mount{Role: sdk.Scratch, Name: "tmp", Target: "/scratch"})
		task.Container.User = "1234"
		if got := s.run(task); !got.Succeeded() {
			t.Errorf("%+v %s", got.Exit, s.logs(task.Attempt, sdk.Stderr))
		}
	})
}

func TestReadOnlyContainer(t *testing.T) {
	everyWay(t, func(t *testing.T, s *site) {
		in, out := s.folder("in", "a", "x"), s.folder("out")
		task := s.task("cat /input/a > /output/a; echo x > /x", sdk.Mount{Role: sdk.Input, Name: "src", Source: in, Target: "/input"},
			sdk.Mount{Role: sdk.Output, Name: "dst", Source: out, Target: "/output"})
		task.Options = &Options{ReadOnly: true}
		if got := s.run(task); got.Reason != sdk.Exited || got.Code == 0 || s.read("out", "a") != "x" {
			t.Errorf("%+v", got.Exit)
		}
	})
}

func TestMountsOutsideTheRootsAreRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	if err := os.Symlink("/etc", filepath.Join(s.root, "innocent")); err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{"/etc", filepath.Join(s.root, "innocent"), s.root + "/../..", s.root + "/missing", "relative", ""} {
		for role := sdk.Input; role <= sdk.Static; role++ {
			task := s.task("true", sdk.Mount{Role: role, Name: "src", Source: source, Target: "/input"})
			found, err := s.executor.ValidateTask(t.Context(), task)
			if err != nil || len(found) != 1 || found[0].Path[1] != "src" || found[0].Warning {
				t.Errorf("validate %q as %d: %v, %v", source, role, found, err)
			}
			if _, err := s.executor.Start(t.Context(), task); sdk.KindOf(err) != sdk.InvalidArgument {
				t.Errorf("start with %q as %d: %v", source, role, err)
			}
		}
	}
}

func TestCopyRefusesSymlinksThatLeadOut(t *testing.T) {
	t.Parallel()
	s := newSite(t, `{"mounts": "copy"}`)
	for i, link := range []string{"/etc", "../../other", "/"} {
		in := s.folder(fmt.Sprintf("in-%d", i), "a", "x")
		if err := os.Symlink(link, filepath.Join(in, "link")); err != nil {
			t.Fatal(err)
		}
		got := s.run(s.task("true", sdk.Mount{Role: sdk.Input, Name: "src", Source: in, Target: "/input"}))
		if got.Reason != sdk.StartFailed || !strings.Contains(got.Message, "symlink link leads out") {
			t.Errorf("%s: %+v", link, got.Exit)
		}
	}
}

// names lists what is in a folder, at any depth.
func names(t *testing.T, folder string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(folder, func(path string, _ os.DirEntry, err error) error {
		if name, _ := filepath.Rel(folder, path); name != "." {
			out = append(out, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
