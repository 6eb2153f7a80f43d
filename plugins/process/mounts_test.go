package process_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/raddeploy/raddeploy/plugins/process"
	"github.com/raddeploy/raddeploy/sdk"
)

func TestInputIsPrivateAndWritable(t *testing.T) {
	for name, config := range map[string]process.Config{"overlay": {}, "copy": {CopyInputs: true}} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, config)
			files := map[string]string{"a": "original", "b": "removed by the task", "with space, comma:colon": "x"}
			dir := s.folder("in, with: odd\\name", files)
			script := "echo changed > /input/a; rm /input/b; echo new > /input/c; mkdir /input/d; cat /input/a; ls /input"
			if got, want := s.must(s.shell("first", script, s.input(dir, "/input"))), "changed\na\nc\nd\nwith space, comma:colon\n"; got != want {
				t.Errorf("the task saw %q, want %q", got, want)
			}
			if diff := cmp.Diff(files, contents(t, dir)); diff != "" {
				t.Errorf("the original has changed: %s", diff)
			}
			if got := s.must(s.shell("second", "cat /input/a /input/b", s.input(dir, "/input"))); got != "originalremoved by the task" {
				t.Errorf("another task saw %q", got)
			}
		})
	}
}

func TestInputIsWritableByAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can run a task as another user")
	}
	for name, config := range map[string]process.Config{"overlay": {}, "copy": {CopyInputs: true}} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, config)
			files := map[string]string{"a": "original", "c": "removed by the task", "\xff\n": "bytes"}
			dir := s.folder("in", files)
			sub := filepath.Join(dir, "sub")
			if err := errors.Join(os.Mkdir(sub, 0o755), os.WriteFile(filepath.Join(sub, "b"), []byte("also"), 0o600)); err != nil {
				t.Fatal(err)
			}
			task := s.shell("other", "echo changed > /input/a; echo changed > /input/sub/b; rm /input/c; echo new > /input/sub/d; cat /input/a /input/sub/b /input/sub/d; id -u; ls /input", s.input(dir, "/input"))
			task.Container.User = "1000:1000"
			if got, want := s.must(task), "changed\nchanged\nnew\n1000\na\nsub\n\xff\n\n"; got != want {
				t.Errorf("the task saw %q, want %q", got, want)
			}
			if diff := cmp.Diff(map[string]string{"b": "also"}, contents(t, sub)); diff != "" {
				t.Errorf("the original has changed: %s", diff)
			}
			if err := os.RemoveAll(sub); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(files, contents(t, dir)); diff != "" {
				t.Errorf("the original has changed: %s", diff)
			}
		})
	}
}

func TestStaticIsReadOnly(t *testing.T) {
	s := newSite(t, process.Config{})
	dir := s.folder("model", map[string]string{"weights": "1 2 3"})
	static := sdk.Mount{Role: sdk.Static, Name: "model", Source: dir, Target: "/opt/model"}
	script := "cat /opt/model/weights; echo 4 >> /opt/model/weights; rm -f /opt/model/weights; mount -o remount,rw /opt/model; umount /opt/model; echo 5 > /opt/model/new; exit 0"
	if got := s.must(s.shell("static", script, static)); got != "1 2 3" {
		t.Errorf("the task read %q", got)
	}
	if diff := cmp.Diff(map[string]string{"weights": "1 2 3"}, contents(t, dir)); diff != "" {
		t.Errorf("the original has changed: %s", diff)
	}
}

func TestOutputIsTheAgents(t *testing.T) {
	s := newSite(t, process.Config{})
	out, dir := s.output("dst", "/a/b/output")
	nested, nestedDir := s.output("dst_more", "/a/b/output/more")
	s.must(s.shell("output", "mkdir -p /a/b/output/x/y && echo 1 > /a/b/output/x/y/z && echo 2 > /a/b/output/more/w", nested, out))
	for _, file := range []string{filepath.Join(dir, "x/y/z"), filepath.Join(dir, "x/y"), filepath.Join(nestedDir, "w")} {
		info, err := os.Stat(file)
		if err != nil {
			t.Error(err)
			continue
		}
		if uid := info.Sys().(*syscall.Stat_t).Uid; int(uid) != os.Geteuid() {
			t.Errorf("%s belongs to user %d, not to the agent's, %d", file, uid, os.Geteuid())
		}
		if info.Mode()&0o444 != 0o444 {
			t.Errorf("%s: mode %v", file, info.Mode())
		}
	}
}

func TestTargetsWithinTheHostsFolders(t *testing.T) {
	s := newSite(t, process.Config{})
	config := s.folder("config", map[string]string{"config.yaml": "{}\n"})
	static := sdk.Mount{Role: sdk.Static, Name: "config", Source: config, Target: "/usr/share/not/on/the/host"}
	scratch := sdk.Mount{Role: sdk.Scratch, Name: "cache", Target: "/etc/cache-of-the-task"}
	script := "cat /usr/share/not/on/the/host/config.yaml; echo x > /etc/cache-of-the-task/x; test -r /etc/passwd; ls /usr/share | wc -l"
	got := strings.Fields(s.must(s.shell("within", script, static, scratch)))
	entries, err := os.ReadDir("/usr/share")
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0] != "{}" || len(entries) > 1 && got[1] == "1" {
		t.Errorf("got %q", got)
	}
}

func TestHostStaysAsItWas(t *testing.T) {
	s := newSite(t, process.Config{})
	before := listing(t)
	out, _ := s.output("dst", "/output-of-a-test")
	in := s.input(s.folder("in", nil), "/input-of-a-test")
	s.must(s.shell("host", "touch /new-in-root /tmp/new /var/tmp/new /run/new; ! touch /usr/new && ! touch /etc/new", in, out))
	if diff := cmp.Diff(before, listing(t)); diff != "" {
		t.Errorf("the host has changed: %s", diff)
	}
}

func TestOtherFoldersAreNotSeen(t *testing.T) {
	s := newSite(t, process.Config{})
	other := s.folder("other", map[string]string{"patient": "not for this task"})
	if got := s.must(s.shell("hidden", "cat "+other+"/patient 2>&1; ls -A /home /mnt /srv 2>&1; exit 0")); strings.Contains(got, "not for this task") {
		t.Errorf("the task read another's file: %q", got)
	}
	link := s.path("link")
	if err := os.Symlink(other, link); err != nil {
		t.Fatal(err)
	}
	s.config.Show = []string{other, link}
	s.Relaunch()
	if got := s.must(s.shell("through-a-link", "cat "+link+"/patient")); got != "not for this task" {
		t.Errorf("the task did not see what the site shows through a symlink: %q", got)
	}
	if got := s.must(s.shell("shown", "cat "+other+"/patient; ! touch "+other+"/new")); got != "not for this task" {
		t.Errorf("the task did not see what the site shows: %q", got)
	}
}

func TestTheAgentsFoldersAreHidden(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can have a folder where programs are")
	}
	opt, err := os.MkdirTemp("/opt", "raddeploy-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(opt) })
	s := newSite(t, process.Config{})
	s.Root = opt
	s.Relaunch()
	other := s.folder("other", map[string]string{"patient": "not for this task"})
	in := s.input(s.folder("in", map[string]string{"a": "for this task"}), "/input")
	if got := s.must(s.shell("hidden", "cat "+other+"/patient /input/a 2>/dev/null; ls "+opt+"/data "+opt+"/executor 2>&1; exit 0", in)); strings.Contains(got, "not for") ||
		!strings.Contains(got, "for this task") || strings.Contains(got, "other") {
		t.Errorf("the task saw %q", got)
	}
}

func TestSourcesOutsideTheAgentsFoldersAreRefused(t *testing.T) {
	s := newSite(t, process.Config{})
	link := filepath.Join(s.folder("in", nil), "link")
	if err := os.Symlink("/etc", link); err != nil {
		t.Fatal(err)
	}
	for name, source := range map[string]string{"plain": "/etc", "symlink": link, "prefix": s.Root + "-other"} {
		if name == "prefix" {
			if err := os.MkdirAll(source, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		_, err := s.Executor.Start(t.Context(), s.shell(name, "true", s.input(source, "/input")))
		if sdk.KindOf(err) != sdk.InvalidArgument {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// contents reads the files of a folder.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		data, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[entry.Name()] = string(data)
	}
	return files
}

// listing is what a task could have left on the host: entries of its root, and
// mounts.
func listing(t *testing.T) (seen []string) {
	t.Helper()
	entries, err := os.ReadDir("/")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		seen = append(seen, entry.Name())
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mounts)) {
		if strings.Contains(line, "-of-a-test") || strings.Contains(line, "/executor/") {
			seen = append(seen, line)
		}
	}
	return seen
}
