package sitetest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/raddeploy/raddeploy/sdk"
)

// EveryWay runs a test for each way that files get into containers.
func EveryWay[S any](t *testing.T, make func(t testing.TB, config string) S, test func(t *testing.T, s S)) {
	for name, config := range map[string]string{"local": "", "copy": `{"mounts": "copy"}`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, make(t, config))
		})
	}
}

// InputIsPrivateAndWritable has a task change its input.
func InputIsPrivateAndWritable(t *testing.T, make Maker) {
	EveryWay(t, make, func(t *testing.T, s *Site) {
		in := s.Folder("in:with,odd", "a.dcm", "original", "sub/b.dcm", "also")
		if err := os.Symlink("a.dcm", filepath.Join(in, "link")); err != nil {
			t.Fatal(err)
		}
		s.Folder("out")
		for _, source := range []string{in, s.Folder("plain", "a.dcm", "original", "sub/b.dcm", "also", "link", "original")} {
			out := s.Folder("out-" + filepath.Base(source))
			task := s.Task("cat /input/a.dcm /input/sub/b.dcm /input/link > /output/read && echo changed > /input/a.dcm && "+
				"rm /input/sub/b.dcm && echo new > /input/new && ls -R /input > /output/list",
				sdk.Mount{Role: sdk.Input, Name: "src", Source: source, Target: "/input"},
				sdk.Mount{Role: sdk.Output, Name: "dst", Source: out, Target: "/output"})
			if got := s.Run(task); !got.Succeeded() {
				t.Fatalf("%+v\n%s", got.Exit, s.Logs(task.Attempt, sdk.Stderr))
			}
			if got, want := s.Read(filepath.Base(out), "read"), "originalalsooriginal"; got != want {
				t.Errorf("the container read %q, want %q", got, want)
			}
			if got, want := s.Read(filepath.Base(out), "list"), "/input:\na.dcm\nlink\nnew\nsub\n\n/input/sub:\n"; got != want {
				t.Errorf("the container's input has %q, want %q", got, want)
			}
			if diff := cmp.Diff([]string{"a.dcm", "link", "sub", "sub/b.dcm"}, Names(t, source)); diff != "" {
				t.Errorf("the source has changed: %s", diff)
			}
			if got := s.Read(filepath.Base(source), "a.dcm"); got != "original" {
				t.Errorf("the source has changed: %q", got)
			}
		}
	})
}

// InputIsWritableByAnyUser has a task that is not root change the files of its
// input, at every depth.
func InputIsWritableByAnyUser(t *testing.T, make Maker) {
	EveryWay(t, make, func(t *testing.T, s *Site) {
		for user, id := range map[string]string{"1000:1000": "1000", "65534": "65534", "": "0"} {
			s.changesItsInput(func(task *sdk.Task) { task.Container.User = user }, id)
		}
	})
}

// InputIsWritableByTheImagesUser has a task do so whose image says as whom it runs,
// and the task does not.
func InputIsWritableByTheImagesUser(t *testing.T, make Maker) {
	image := Image(t, "user", func(c *v1.ConfigFile) { c.Config.User = "1000:1000" }, nil)
	EveryWay(t, make, func(t *testing.T, s *Site) {
		s.changesItsInput(func(task *sdk.Task) { task.Container.Image = image }, "1000")
	})
}

// changesItsInput runs a task that changes its input, as the user of an id.
func (s *Site) changesItsInput(change func(*sdk.Task), id string) {
	s.T.Helper()
	in := s.Folder("in", "a.dcm", "original", "sub/deep/b.dcm", "also", "gone", "x", "\xff/\xfe\n.dcm", "bytes")
	if err := os.Chmod(filepath.Join(in, "a.dcm"), 0o600); err != nil {
		s.T.Fatal(err)
	}
	out := s.Folder("out-" + id)
	task := s.Task("cp -r /input/. /output && echo changed >> /input/a.dcm && echo changed >> /input/sub/deep/b.dcm && "+
		"mv /input/gone /input/sub/new && echo new > /input/sub/deep/c && cat /input/a.dcm /input/sub/deep/b.dcm > /output/read && id -u > /output/who",
		sdk.Mount{Role: sdk.Input, Name: "src", Source: in, Target: "/input"},
		sdk.Mount{Role: sdk.Output, Name: "dst", Source: out, Target: "/output"})
	change(task)
	if got := s.Run(task); !got.Succeeded() {
		s.T.Fatalf("user %s: %+v\n%s", id, got.Exit, s.Logs(task.Attempt, sdk.Stderr))
	}
	for file, want := range map[string]string{"read": "originalchanged\nalsochanged\n", "\xff/\xfe\n.dcm": "bytes", "who": id + "\n"} {
		if got := s.Read(filepath.Base(out), file); got != want {
			s.T.Errorf("user %s left %q in %q, want %q", id, got, file, want)
		}
	}
	want := []string{"a.dcm", "gone", "sub", "sub/deep", "sub/deep/b.dcm", "\xff", "\xff/\xfe\n.dcm"}
	if diff := cmp.Diff(want, Names(s.T, in)); diff != "" || s.Read("in", "a.dcm") != "original" || s.Read("in", "sub/deep/b.dcm") != "also" {
		s.T.Errorf("user %s changed the source: %s", id, diff)
	}
}

// StaticIsReadOnly has a task try to change a static.
func StaticIsReadOnly(t *testing.T, make Maker) {
	EveryWay(t, make, func(t *testing.T, s *Site) {
		model, out := s.Folder("model", "weights", "1 2 3"), s.Folder("out")
		task := s.Task("cat /model/weights > /output/read; echo x > /model/weights; echo x > /model/new; exit 0",
			sdk.Mount{Role: sdk.Static, Name: "m", Source: model, Target: "/model"},
			sdk.Mount{Role: sdk.Output, Name: "dst", Source: out, Target: "/output"})
		if got := s.Run(task); !got.Succeeded() {
			t.Fatalf("%+v", got.Exit)
		}
		if got := s.Read("out", "read"); got != "1 2 3" {
			t.Errorf("the container read %q", got)
		}
		if diff := cmp.Diff([]string{"weights"}, Names(t, model)); diff != "" || s.Read("model", "weights") != "1 2 3" {
			t.Errorf("the static has changed: %s", diff)
		}
		if stderr := s.Logs(task.Attempt, sdk.Stderr); strings.Count(stderr, "Read-only file system") != 2 {
			t.Errorf("writing to a static said %q", stderr)
		}
	})
}

// Outputs leaves every kind of thing in an output.
func Outputs(t *testing.T, make Maker) {
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
			EveryWay(t, make, func(t *testing.T, s *Site) {
				out := s.Folder("out")
				task := s.Task(test.script, sdk.Mount{Role: sdk.Output, Name: "dst", Source: out, Target: "/output"})
				task.Container.User = test.user
				if got := s.Run(task); got.Reason != sdk.Exited {
					t.Fatalf("%+v", got.Exit)
				}
				if diff := cmp.Diff(test.want, Names(t, out)); diff != "" {
					t.Errorf("output: %s\n%s", diff, s.Logs(task.Attempt, sdk.Stderr))
				}
				if err := os.Remove("/etc/written"); err == nil { // or each later run would find it
					t.Error("a file was written outside of the output")
				}
			})
		})
	}
}

// ManyFiles leaves a number of files in an output, and reads one of them.
func ManyFiles(t *testing.T, make Maker, many, one int) {
	EveryWay(t, make, func(t *testing.T, s *Site) {
		out := s.Folder("out")
		task := s.Task(fmt.Sprintf("cd /output && for i in $(seq %d); do echo $i > $i; done", many), sdk.Mount{Role: sdk.Output, Name: "dst", Source: out, Target: "/output"})
		if got := s.Run(task); !got.Succeeded() {
			t.Fatalf("%+v", got.Exit)
		}
		if got := Names(t, out); len(got) != many || s.Read("out", fmt.Sprint(one)) != fmt.Sprintln(one) {
			t.Errorf("got %d files", len(got))
		}
	})
}

// ScratchIsEmptyAndWritable has another user than root write into a scratch.
func ScratchIsEmptyAndWritable(t *testing.T, make Maker) {
	EveryWay(t, make, func(t *testing.T, s *Site) {
		task := s.Task(`test -z "$(ls /scratch)" && echo x > /scratch/x`, sdk.Mount{Role: sdk.Scratch, Name: "tmp", Target: "/scratch"})
		task.Container.User = "1234"
		if got := s.Run(task); !got.Succeeded() {
			t.Errorf("%+v %s", got.Exit, s.Logs(task.Attempt, sdk.Stderr))
		}
	})
}

// ReadOnlyContainer has a task write where only its image is. Options say that
// this is read-only.
func ReadOnlyContainer(t *testing.T, make Maker, options any) {
	EveryWay(t, make, func(t *testing.T, s *Site) {
		in, out := s.Folder("in", "a", "x"), s.Folder("out")
		task := s.Task("cat /input/a > /output/a; echo x > /x", sdk.Mount{Role: sdk.Input, Name: "src", Source: in, Target: "/input"},
			sdk.Mount{Role: sdk.Output, Name: "dst", Source: out, Target: "/output"})
		task.Options = options
		if got := s.Run(task); got.Reason != sdk.Exited || got.Code == 0 || s.Read("out", "a") != "x" {
			t.Errorf("%+v", got.Exit)
		}
	})
}

// MountsOutsideTheRootsAreRefused has sources that lie, or lead, outside of the
// agent's folders.
func MountsOutsideTheRootsAreRefused(t *testing.T, make Maker) {
	t.Parallel()
	s := make(t, "")
	if err := os.Symlink("/etc", filepath.Join(s.Root, "innocent")); err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{"/etc", filepath.Join(s.Root, "innocent"), s.Root + "/../..", s.Root + "/missing", "relative", ""} {
		for role := sdk.Input; role <= sdk.Static; role++ {
			task := s.Task("true", sdk.Mount{Role: role, Name: "src", Source: source, Target: "/input"})
			found, err := s.Executor.ValidateTask(t.Context(), task)
			if err != nil || len(found) != 1 || found[0].Path[1] != "src" || found[0].Warning {
				t.Errorf("validate %q as %d: %v, %v", source, role, found, err)
			}
			if _, err := s.Executor.Start(t.Context(), task); sdk.KindOf(err) != sdk.InvalidArgument {
				t.Errorf("start with %q as %d: %v", source, role, err)
			}
		}
	}
}

// CopyRefusesSymlinksThatLeadOut has inputs that are copied with links in them.
func CopyRefusesSymlinksThatLeadOut(t *testing.T, make Maker) {
	t.Parallel()
	s := make(t, `{"mounts": "copy"}`)
	for i, link := range []string{"/etc", "../../other", "/"} {
		in := s.Folder(fmt.Sprintf("in-%d", i), "a", "x")
		if err := os.Symlink(link, filepath.Join(in, "link")); err != nil {
			t.Fatal(err)
		}
		got := s.Run(s.Task("true", sdk.Mount{Role: sdk.Input, Name: "src", Source: in, Target: "/input"}))
		if got.Reason != sdk.StartFailed || !strings.Contains(got.Message, "symlink link leads out") {
			t.Errorf("%s: %+v", link, got.Exit)
		}
	}
}

// Overlaid mounts an overlay of a folder for the time of the test, and returns it.
func Overlaid(t *testing.T, s *Site, lower, name string) string {
	t.Helper()
	merged := s.Folder(filepath.Base(name) + "/merged")
	data := "lowerdir=" + lower + ",upperdir=" + s.Folder(filepath.Base(name)+"/upper") + ",workdir=" + s.Folder(filepath.Base(name)+"/work")
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

// Names lists what is in a folder, at any depth.
func Names(t testing.TB, folder string) []string {
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
