package process_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/raddeploy/raddeploy/plugins/process"
	"github.com/raddeploy/raddeploy/sdk"
)

func TestExit(t *testing.T) {
	s := newSite(t, process.Config{})
	for name, test := range map[string]struct {
		script string
		want   sdk.Exit
	}{
		"success":     {"true", sdk.Exit{Reason: sdk.Exited}},
		"code-7":      {"exit 7", sdk.Exit{Reason: sdk.Exited, Code: 7}},
		"code-255":    {"exit 255", sdk.Exit{Reason: sdk.Exited, Code: 255}},
		"killed":      {"kill -9 $$", sdk.Exit{Reason: sdk.Exited, Code: 137, Signal: 9}},
		"left-behind": {"sleep 1000 & exit 3", sdk.Exit{Reason: sdk.Exited, Code: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			got := s.run(s.shell(name, test.script))
			if got.Reason != test.want.Reason || got.Code != test.want.Code || got.Signal != test.want.Signal {
				t.Errorf("got %+v, want %+v", *got, test.want)
			}
			if got.Started.IsZero() || got.Finished.Before(got.Started) || got.Node == "" {
				t.Errorf("times or node are missing: %+v", *got)
			}
			if again := s.end(sdk.AttemptID(name)); !cmp.Equal(again, got) {
				t.Errorf("a later watcher sees another exit: %s", cmp.Diff(got, again))
			}
		})
	}
}

func TestUsageCountsWhatDescendantsUsed(t *testing.T) {
	s := newSite(t, process.Config{})
	exit := s.run(s.shell("busy", "sh -c 'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done'"))
	if exit.Usage.CPU < 10*time.Millisecond || exit.Usage.MemoryPeak < 1<<20 {
		t.Errorf("usage %+v", exit.Usage)
	}
}

func TestEnvironmentIsTheTasksAndNothingElse(t *testing.T) {
	t.Setenv("SECRET_OF_THE_PLUGIN", "visible")
	s := newSite(t, process.Config{})
	task := s.shell("environment", "env -0 | sort -z | tr '\\0' '|'")
	task.Container.WorkingDir = "/made/for/it"
	task.Container.Env = []sdk.EnvVar{
		{Name: "LINES", Value: "a\nb\r\n"},
		{Name: "QUOTES", Value: `'"$HOME\`},
		{Name: "EMPTY", Value: ""},
		{Name: "HOME", Value: "/tmp"},
	}
	want := strings.Join([]string{"EMPTY=", "HOME=/tmp", "LINES=a\nb\r\n",
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "PWD=/made/for/it", `QUOTES='"$HOME\`, ""}, "|")
	got := strings.Replace(s.must(task), "_=/usr/bin/env|", "", 1) // bash adds it
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestUser(t *testing.T) {
	s := newSite(t, process.Config{})
	out, _ := s.output("dst", "/output")
	in := s.input(s.folder("in", map[string]string{"a": "original"}), "/input")
	task := s.shell("user", "id -u; id -g; echo mine > /input/new; echo yes > /output/done; echo yes > /dev/stderr", in, out)
	task.Container.User = "1234:4321"
	if got := s.must(task); got != "1234\n4321\n" {
		t.Errorf("ran as %q", got)
	}
}

func TestNetworkDisabled(t *testing.T) {
	s := newSite(t, process.Config{})
	task := s.shell("network", "tail -n +3 /proc/net/dev | cut -d: -f1; cat /sys/class/net/lo/flags 2>/dev/null")
	task.Container.NetworkDisabled = true
	if got := strings.Fields(s.must(task)); len(got) == 0 || got[0] != "lo" || len(got) > 1 && !strings.HasPrefix(got[1], "0x") {
		t.Errorf("interfaces %q, want lo alone", got)
	}
}

func TestTenThousandFiles(t *testing.T) {
	s := newSite(t, process.Config{})
	out, dir := s.output("dst", "/output")
	s.must(s.shell("many", "mkdir /output/deep && cd /output/deep && seq 10000 | xargs touch", out))
	entries, err := os.ReadDir(filepath.Join(dir, "deep"))
	if err != nil || len(entries) != 10000 {
		t.Errorf("%d files, error %v", len(entries), err)
	}
}

func TestFiftyMegabytesOfOutput(t *testing.T) {
	s := newSite(t, process.Config{})
	const size = 50 << 20
	s.must(s.shell("loud", fmt.Sprintf("head -c %d /dev/zero | tr '\\0' x; echo the end >&2", size)))
	if got := s.Logs("loud", sdk.Stdout); len(got) != size || strings.Trim(got, "x") != "" {
		t.Errorf("%d bytes of output, want %d", len(got), size)
	}
	if got := s.Logs("loud", sdk.Stderr); got != "the end\n" {
		t.Errorf("standard error %q", got)
	}
}

func TestFiftyAtOnce(t *testing.T) {
	s := newSite(t, process.Config{})
	in := s.input(s.folder("in", map[string]string{"a": "shared"}), "/input")
	var all sync.WaitGroup
	for i := range 50 {
		id := fmt.Sprintf("at-once-%d", i)
		out, dir := s.output("dst-"+id, "/output")
		task := s.shell(id, fmt.Sprintf("echo %d >> /input/a; cp /input/a /output/", i), in, out)
		s.Start(task)
		all.Go(func() {
			s.Executor.Watch(t.Context(), task.Attempt, func(e sdk.Event) error {
				if e.Exit != nil && !e.Exit.Succeeded() {
					t.Errorf("%s: %+v", id, *e.Exit)
				}
				return nil
			})
			got, err := os.ReadFile(filepath.Join(dir, "a"))
			if want := fmt.Sprintf("shared%d\n", i); string(got) != want || err != nil {
				t.Errorf("%s: got %q, want %q, error %v", id, got, want, err)
			}
		})
	}
	all.Wait()
}

func BenchmarkNoOp(b *testing.B) {
	s := newSite(b, process.Config{})
	for i := 0; b.Loop(); i++ {
		s.must(s.shell(fmt.Sprintf("no-op-%d", i), "exit 0"))
	}
}
