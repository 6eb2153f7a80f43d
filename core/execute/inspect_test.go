package execute

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-hclog"
	"golang.org/x/sys/unix"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
	"github.com/raddeploy/raddeploy/sdk"
)

// written is an engine and a job whose output dst, /output in the container, is
// the returned folder.
func written(t *testing.T) (*Engine, *Job, string) {
	t.Helper()
	engine := &Engine{Layout: spool.Runs{Dir: t.TempDir()}, Logger: hclog.NewNullLogger()}
	job := &Job{
		Flow: &flow.Flow{Models: []flow.Model{{Outputs: []flow.Mount{{Name: "dst", Path: "/output"}}}}},
		Run:  run.Run{ID: "r"}, Attempt: run.Attempt{Number: 1}, warnings: &warnings{},
	}
	check(t, engine.Layout.Lay("r", 0, 1, job.outputs()))
	return engine, job, engine.Layout.Output("r", 0, 1, "dst")
}

// modes are what is below a folder, with its modes.
func modes(t *testing.T, folder string) map[string]string {
	t.Helper()
	found := map[string]string{}
	check(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		name, _ := filepath.Rel(folder, path)
		found[name] = info.Mode().String()
		return err
	}))
	return found
}

// Whatever modes a model gives, what it wrote can be read by the next task, as
// whatever user that runs, and changed by nobody but its owner.
func TestOutputsAreMadeSafe(t *testing.T) {
	engine, job, folder := written(t)
	for name, mode := range map[string]uint32{
		"plain": 0o644, "all.write": 0o666, "closed": 0o000, "own": 0o600, "run": 0o755, "all.run": 0o777, "own.run": 0o700,
		"setuid": 0o4755, "setgid": 0o2755, "both": 0o6777, "sticky": 0o1666,
	} {
		path := filepath.Join(folder, name)
		check(t, os.WriteFile(path, []byte("x"), 0o600))
		check(t, unix.Chmod(path, mode))
	}
	deep := filepath.Join(folder, "tmp", "closed", "deep")
	check(t, os.MkdirAll(deep, 0o755))
	check(t, os.WriteFile(filepath.Join(deep, "file"), nil, 0o666))
	check(t, unix.Chmod(filepath.Join(folder, "tmp"), 0o1777))
	check(t, unix.Chmod(filepath.Dir(deep), 0o2000))
	check(t, engine.collect(job, false))
	file, program, dir := "-rw-r--r--", "-rwxr-xr-x", "drwxr-xr-x"
	want := map[string]string{
		".": dir, "plain": file, "all.write": file, "closed": file, "own": file, "run": program, "all.run": program, "own.run": program,
		"setuid": program, "setgid": program, "both": program, "sticky": file,
		"tmp": dir, "tmp/closed": dir, "tmp/closed/deep": dir, "tmp/closed/deep/file": file,
	}
	if diff := cmp.Diff(want, modes(t, folder)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Of a failed attempt, too, nothing stays that runs as its owner or that others
// may change, whatever stands beside it.
func TestOutputsOfFailuresAreMadeSafe(t *testing.T) {
	for name, exit := range map[string]sdk.Exit{"failed": {Reason: sdk.Exited, Code: 3}, "refused": {Reason: sdk.Exited}} {
		t.Run(name, func(t *testing.T) {
			engine, job, folder := written(t)
			check(t, unix.Chmod(folder, 0o777))
			check(t, os.Symlink("/etc/passwd", filepath.Join(folder, "link"))) // refused, before the program is looked at
			check(t, unix.Mkfifo(filepath.Join(folder, "pipe"), 0o666))
			check(t, os.WriteFile(filepath.Join(folder, "program"), nil, 0o600))
			check(t, unix.Chmod(filepath.Join(folder, "program"), 0o4777))
			if result := engine.finish(job, exit, nil, false); result.Err == nil {
				t.Fatal("the attempt succeeded")
			}
			want := map[string]string{".": "drwxr-xr-x", "link": "Lrwxrwxrwx", "program": "-rwxr-xr-x"}
			if diff := cmp.Diff(want, modes(t, folder)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// FIFOs, sockets and devices never become an output, and none makes the agent
// wait for somebody to write to it.
func TestOutputsAreFiles(t *testing.T) {
	engine, job, folder := written(t)
	below := filepath.Join(folder, "a", "b")
	check(t, os.MkdirAll(below, 0o755))
	check(t, os.WriteFile(filepath.Join(below, "file"), nil, 0o644))
	for _, dir := range []string{folder, below} {
		check(t, unix.Mkfifo(filepath.Join(dir, "fifo.dcm"), 0o666))
		// a short path, which the kernel wants for sockets
		t.Chdir(dir)
		socket, err := net.Listen("unix", "socket.dcm")
		check(t, err)
		defer socket.Close()
		if os.Geteuid() == 0 {
			check(t, unix.Mknod(filepath.Join(dir, "null.dcm"), unix.S_IFCHR|0o666, 1<<8|3))
		}
	}
	check(t, os.Symlink("fifo.dcm", filepath.Join(folder, "link")))
	done := make(chan error, 1)
	go func() { done <- engine.collect(job, false) }()
	select {
	case err := <-done:
		check(t, err)
	case <-time.After(30 * time.Second):
		t.Fatal("the agent waits at a FIFO")
	}
	if got := tree(t, folder); !cmp.Equal(got, []string{"a/b/file", "link"}) {
		t.Errorf("left are %v", got)
	}
	said := strings.Join(job.warnings.list(), "\n")
	for _, name := range []string{`"fifo.dcm"`, `"a/b/fifo.dcm"`, `"socket.dcm"`, `"a/b/socket.dcm"`} {
		if !strings.Contains(said, name) {
			t.Errorf("%s is not named in %s", name, said)
		}
	}
}

// An output of nothing but a FIFO is an empty one.
func TestAFIFOIsNoOutput(t *testing.T) {
	engine, job, folder := written(t)
	syncs := 0
	engine.syncs = newShared(func() error { syncs++; return nil })
	check(t, unix.Mkfifo(filepath.Join(folder, "fifo"), 0o666))
	check(t, engine.collect(job, false))
	if got := tree(t, folder); len(got) > 0 || syncs > 0 {
		t.Errorf("left are %v after %d syncs", got, syncs)
	}
}

// An absolute link of a container names the folder where the container had it.
func TestAbsoluteLinksKeepTheirMeaning(t *testing.T) {
	for target, want := range map[string]string{
		"/output/a/file":                 "../../a/file",
		"/output/":                       "../../",
		"/output/b/../a/file":            "../../a/file",
		"../../../output/a/file":         "../../a/file",
		"../../../output":                "../../",
		"../../../../output/a/file":      "../../a/file",
		"../c/../../a/file":              "../../a/file",
		"/output/loop/../a/file":         "",
		"../../loop/../a/file":           "",
		"../../../data/../output/a/file": "",
		"../../../output2/a/file":        "",
		"/output":                        "../../",
		"/output/a/../..":                "",
		"/output2/file":                  "",
		"/outputs":                       "",
		"/":                              "",
		"/etc/passwd":                    "",
	} {
		engine, job, folder := written(t)
		check(t, os.MkdirAll(filepath.Join(folder, "a"), 0o755))
		check(t, os.MkdirAll(filepath.Join(folder, "b", "c"), 0o755))
		check(t, os.Symlink("b/c", filepath.Join(folder, "loop")))
		check(t, os.WriteFile(filepath.Join(folder, "a", "file"), []byte("x"), 0o644))
		link := filepath.Join(folder, "b", "c", "link")
		check(t, os.Symlink(target, link))
		err := engine.collect(job, false)
		if want == "" {
			var refused *refusedOutput
			if !errors.As(err, &refused) || refused.name != fmt.Sprintf("%q to %q", "b/c/link", target) || strings.Contains(err.Error(), "link\"") {
				t.Errorf("%s: %v", target, err)
			}
			continue
		}
		check(t, err)
		check(t, engine.collect(job, false)) // as after a crash
		meant, err := filepath.EvalSymlinks(link)
		check(t, err)
		if should := filepath.Join(folder, "b", "c", want); meant != should {
			t.Errorf("%s leads to %s, want %s", target, meant, should)
		}
		if got := tree(t, folder); len(got) != 3 {
			t.Errorf("%s: left are %v", target, got)
		}
	}
}

// An agent that is not root says what to do about files that a container wrote
// as root.
func TestOutputsOfAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make files of another user")
	}
	for name, test := range map[string]struct {
		make func(string) error
		fine bool
	}{
		"a file that all may write": {func(f string) error { return errors.Join(os.WriteFile(f, nil, 0o644), unix.Chmod(f, 0o666)) }, true},
		"a file of its own":         {func(f string) error { return os.WriteFile(f, nil, 0o600) }, false},
		"a setuid program":          {func(f string) error { return errors.Join(os.WriteFile(f, nil, 0o755), unix.Chmod(f, 0o4755)) }, false},
		"a closed folder":           {func(f string) error { return os.Mkdir(f, 0o700) }, false},
		"a FIFO in its folder": {func(f string) error {
			return errors.Join(os.Mkdir(f, 0o755), unix.Mkfifo(filepath.Join(f, "fifo"), 0o666))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, folder := written(t)
			check(t, test.make(filepath.Join(folder, "x")))
			for dir := folder; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) { // so that another user comes here
				if info, err := os.Stat(dir); err == nil && info.Mode().Perm()&0o001 == 0 {
					check(t, os.Chmod(dir, 0o755))
				}
			}
			check(t, os.Chown(folder, 12345, 12345))
			var err error
			asUser(t, 12345, func() {
				o := &output{folder: folder, target: "/output"}
				err = o.inspect()
			})
			if test.fine {
				check(t, err)
				return
			}
			if err == nil || !strings.Contains(problem.Advice(err), "run the agent as root") || !strings.Contains(err.Error(), "another user") {
				t.Errorf("collected: %v", err)
			}
		})
	}
}

// asUser runs something as another user, whose real id it has too: access is
// asked for by that.
func asUser(t *testing.T, id uintptr, do func()) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	become := func(id uintptr) {
		if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, id, id, 0); errno != 0 {
			t.Fatal(errno)
		}
	}
	become(id)
	defer become(0)
	do()
}
