package launch_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/bash"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/launch"
	"github.com/raddeploy/raddeploy/sdk"
)

func TestAProcessEndsAsItDid(t *testing.T) {
	everywhere(t, func(t *testing.T, n *node) {
		for _, test := range []struct {
			name, script string
			want         result
		}{
			{"success, streams apart", "echo out; echo err >&2", result{0, "out\n", "err\n", "", false}},
			{"its own code", "exit 43", result{code: 43}},
			{"a signal", "sh -c 'kill -9 $$' 2>/dev/null; exit $?", result{code: 137}},
			{"no input", "cat; echo end", result{stdout: "end\n"}},
		} {
			t.Run(test.name, func(t *testing.T) {
				n.t = t
				got := n.run(job("sh", "-c", test.script))
				if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(result{})); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			})
		}
	})
}

func TestTERMReachesTheFirstProcess(t *testing.T) {
	everywhere(t, func(t *testing.T, n *node) {
		ready := t.TempDir()
		c := job("sh", "-c", "trap 'echo told; exit 7' TERM; touch /ready/now; while :; do sleep 0.1; done")
		c.Mounts = []launch.Mount{{Source: bash.Quote(ready), Target: "/ready"}}
		wait := n.start(c, func(p *os.Process) {
			waitFor(t, filepath.Join(ready, "now"))
			if err := p.Signal(syscall.SIGTERM); err != nil {
				t.Error(err)
			}
		})
		if got := wait(); got.code != 7 || got.stdout != "told\n" {
			t.Errorf("the end was %+v, want code 7 after the trap", got)
		}
	})
}

// waitFor waits until a file is there.
func waitFor(t *testing.T, file string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(file); err == nil {
			return
		}
	}
	t.Errorf("%s did not come", file)
}

func TestTheEnvironmentIsWhatWasSaid(t *testing.T) {
	awkward := "two\nlines\r\n, \"double\" and 'single' $HOME `id` \\ end\ttab ümlaut=x"
	everywhere(t, func(t *testing.T, n *node) {
		c := job("sh", "-c", `printf '%s|' "$AWKWARD" "$EMPTY" "${SECRET_OF_THE_NODE-none}" "${RADDEPLOY_SCRATCH-none}"; pwd; id -u; id -g`)
		c.Env = []sdk.EnvVar{{Name: "AWKWARD", Value: awkward}, {Name: "EMPTY"}}
		c.WorkingDir, c.User = "/not/there/yet", "12:34"
		want := awkward + "||none|none|/not/there/yet\n12\n34\n"
		// it makes no folder to work in, loses carriage returns, and heeds that
		// the image's / is root's alone
		if strings.Contains(t.Name(), "podman") {
			c.WorkingDir, c.User = "/home", "0:34"
			want = strings.ReplaceAll(awkward, "\r", "") + "||none|none|/home\n0\n34\n"
		}
		// it makes no folder to work in, and runs as the job's user
		if strings.Contains(t.Name(), "apptainer") {
			c.WorkingDir, c.User = "/tmp", ""
			want = awkward + "||none|none|/tmp\n0\n0\n"
		}
		if got := n.run(c); got.stdout != want || got.code != 0 {
			t.Errorf("printed %q (%d, %s %s)\nwant    %q", got.stdout, got.code, got.stderr, got.message, want)
		}
	})
}

// An environment may be larger than one word of a command line.
// What a flow says of the environment is the container's, and nothing of it is
// given to the launcher, which runs on the node.
func TestTheEnvironmentIsTheContainersAlone(t *testing.T) {
	everywhere(t, func(t *testing.T, n *node) {
		c := job("sh", "-c", "echo $LD_PRELOAD $PATH")
		c.Env = []sdk.EnvVar{{Name: "LD_PRELOAD", Value: "/outputs/of/another/task.so"}, {Name: "PATH", Value: "/elsewhere:/bin"}}
		if got := n.run(c); got.code != 0 || got.stdout != "/outputs/of/another/task.so /elsewhere:/bin\n" || got.stderr != "" {
			t.Errorf("%+v; want that no program of the node was to load the library", got)
		}
	})
}

func TestALargeEnvironment(t *testing.T) {
	everywhere(t, func(t *testing.T, n *node) {
		c := job("sh", "-c", "env | grep ^LARGE | wc -c")
		for i := range 20 {
			c.Env = append(c.Env, sdk.EnvVar{Name: fmt.Sprintf("LARGE%02d", i), Value: strings.Repeat("x'", 5_000)})
		}
		if got := n.run(c); got.stdout != "200180\n" || got.code != 0 {
			t.Errorf("printed %.100q (%d, %.300s %s)", got.stdout, got.code, got.stderr, got.message)
		}
	})
}

func TestArgumentsAreWhatWasSaid(t *testing.T) {
	everywhere(t, func(t *testing.T, n *node) {
		c := job("a b", "$(id)", "'", "")
		c.Entrypoint = []string{"printf", "[%s]"}
		if got := n.run(c); got.stdout != "[a b][$(id)]['][]" {
			t.Errorf("printed %q (%d, %s %s)", got.stdout, got.code, got.stderr, got.message)
		}
	})
}

func TestMountsKeepTheirRoles(t *testing.T) {
	everywhere(t, func(t *testing.T, n *node) {
		dir := filepath.Join(short(t), "a $folder 'of' \"quotes\"")
		for _, name := range []string{"in/sub", "out", "static"} {
			if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		for name, text := range map[string]string{"in/sub/f": "original", "static/weights": "w"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o444); err != nil {
				t.Fatal(err)
			}
		}
		c := job("sh", "-c", `set -e; echo changed >/in/sub/f; touch /in/new; cat /static/weights /in/sub/f >/deep/er/out/result; id -u
			if touch /static/x 2>/dev/null; then echo static is writable; fi; if rm /static/weights 2>/dev/null; then echo static is gone; fi; touch /root-is-writable /tmp/x`)
		c.Mounts = []launch.Mount{
			{Source: bash.Quote(filepath.Join(dir, "in")), Target: "/in", Private: true},
			{Source: bash.Quote(filepath.Join(dir, "out")), Target: "/deep/er/out"},
			{Source: bash.Quote(filepath.Join(dir, "static")), Target: "/static", ReadOnly: true},
		}
		if got := n.run(c); got.code != 0 || got.stdout != "0\n" {
			t.Errorf("the end was %+v", got)
		}
		want := map[string]string{"in/sub/f": "original", "in/new": "", "static/weights": "w", "out/result": "wchanged\n"}
		for name, text := range want {
			got, _ := os.ReadFile(filepath.Join(dir, name))
			if string(got) != text {
				t.Errorf("%s holds %q, want %q", name, got, text)
			}
		}
		if _, err := os.Stat(filepath.Join(dir, "in/new")); err == nil {
			t.Error("a private input was changed")
		}
		// The image is as it was for the next one.
		if got := n.run(job("ls", "/root-is-writable")); got.code == 0 {
			t.Error("what one container wrote into its image is seen by the next one")
		}
	})
}

// A link in an image leads to a place in the image, not on the node.
func TestLinksOfAnImage(t *testing.T) {
	everywhere(t, func(t *testing.T, n *node) {
		c := job("/opt/current/sh", "-c", "pwd")
		fetched, _, err := n.launcher.Fetch(t.Context(), c, func(sdk.Progress) {})
		if err != nil {
			t.Fatal(err)
		}
		if fetched.Root == "" {
			return // its store is the launcher's own
		}
		outside := filepath.Join(short(t), "outside")
		for link, target := range map[string]string{"current": "/bin", "work": outside} {
			opt := filepath.Join(fetched.Root, "opt")
			if err := errors.Join(os.MkdirAll(opt, 0o755), os.Symlink(target, filepath.Join(opt, link))); err != nil {
				t.Fatal(err)
			}
		}
		if got := n.run(c); got.code != 0 || got.stdout != "/\n" {
			t.Errorf("a program behind a link: %+v", got)
		}
		c.WorkingDir = "/opt/work/deep"
		_ = n.run(c)
		if _, err := os.Stat(outside); err == nil {
			t.Error("the working folder was made on the node")
		}
	})
}

func TestNoNetworkWhenItIsDisabled(t *testing.T) {
	everywhere(t, func(t *testing.T, n *node) {
		c := job("sh", "-c", "cat /proc/net/dev | tail -n +3 | cut -d: -f1 | tr -d ' '")
		c.NetworkDisabled = true
		if got := n.run(c); got.stdout != "lo\n" {
			t.Errorf("the interfaces are %q (%s)", got.stdout, got.stderr)
		}
	})
}

func TestAProgramThatIsNotThereIsTold(t *testing.T) {
	everywhere(t, func(t *testing.T, n *node) {
		got := n.run(job("no-such-program"))
		if got.code == 0 {
			t.Errorf("the end was %+v", got)
		}
		// podman and apptainer say it on the container's standard error.
		if own := strings.Contains(t.Name(), "podman") || strings.Contains(t.Name(), "apptainer"); !own && (got.code != 125 || !strings.Contains(got.message, "no-such-program")) {
			t.Errorf("the end was %+v, want 125 and a message", got)
		}
	})
}

func TestMemoryLimitEndsAndIsTold(t *testing.T) {
	everywhere(t, func(t *testing.T, n *node) {
		if strings.Contains(t.Name(), "charliecloud") || strings.Contains(t.Name(), "apptainer") {
			t.Skip("the cluster limits its memory")
		}
		c := job("sh", "-c", "head -c 200000000 /dev/zero | tail -c 190000000 >/dev/null & wait $!; exit $?")
		c.Resources.Memory = 32 << 20
		// which does not tell when it was not the first process
		podman := strings.Contains(t.Name(), "podman")
		if got := n.run(c); got.code != 137 || !got.oom && !podman {
			t.Errorf("the end was %+v, want 137 and the kernel's word", got)
		}
		if got := n.run(job("true")); got.code != 0 || got.oom {
			t.Errorf("without a limit the end was %+v", got)
		}
	})
}
