package execute

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// A success in which the kernel killed a process for its memory is a failure,
// unless the flow says that it does not matter; then it is said.
func TestKilledForMemoryWithin(t *testing.T) {
	within := sdk.Exit{Reason: sdk.Exited, OOMKilled: true}
	for _, test := range []struct {
		name    string
		oom     flow.OOM
		exit    sdk.Exit
		fails   string
		warning string
	}{
		{"by default", "", within, "out of memory (it ended with code 0, and", ""},
		{"fail", flow.OOMFail, within, "out of memory (it ended with code 0, and", ""},
		{"warn", flow.OOMWarn, within, "", "its outputs may not be whole"},
		{"warn, and a failure", flow.OOMWarn, sdk.Exit{Reason: sdk.Exited, Code: 3, OOMKilled: true}, "exit code 3", ""},
		{"warn, and it was the process itself", flow.OOMWarn, sdk.Exit{Reason: sdk.OutOfMemory, Code: 137, OOMKilled: true}, "out of memory", ""},
		{"nothing", "", sdk.Exit{Reason: sdk.Exited}, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			engine, job, _ := attempted(t, flow.Model{OOM: test.oom}, &scripted{watch: exits(test.exit)})
			result, err := engine.Run(t.Context(), job)
			check(t, err)
			if (result.Reason == "") != (test.fails == "") || !strings.Contains(result.Reason, test.fails) {
				t.Errorf("the reason is %q, want %q", result.Reason, test.fails)
			}
			if said := strings.Join(result.Warnings, "\n"); (said == "") != (test.warning == "") || !strings.Contains(said, test.warning) {
				t.Errorf("warnings %q, want %q", said, test.warning)
			}
			if strings.HasPrefix(result.Reason, "out of memory") && !strings.Contains(problem.Advice(result.Err), "mem_limit") {
				t.Errorf("the advice is %q", problem.Advice(result.Err))
			}
		})
	}
}

// A task with GPUs has a /dev/shm that the loaders of PyTorch can work with.
func TestSharedMemory(t *testing.T) {
	const gib = 1 << 30
	for _, test := range []struct {
		name string
		gpus int
		c    flow.Container
		want int64
	}{
		{"no GPU", 0, flow.Container{MemLimit: 4 * gib}, 0},
		{"a GPU", 1, flow.Container{}, 8 * gib},
		{"a GPU and a limit", 2, flow.Container{MemLimit: 6 * gib}, 3 * gib},
		{"the flow says it", 1, flow.Container{MemLimit: 4 * gib, ShmSize: gib}, gib},
		{"shareable", 1, flow.Container{IPCMode: "shareable"}, 8 * gib},
		{"none", 1, flow.Container{IPCMode: "none"}, 0},
		{"the host's", 1, flow.Container{IPCMode: "host"}, 0},
	} {
		m := &flow.Model{GPUs: test.gpus, Container: test.c}
		if got := resources(m).ShmSize; got != test.want {
			t.Errorf("%s: %d, want %d", test.name, got, test.want)
		}
	}
}

// An executor that cannot give a default is no reason to warn: the flow did not
// ask for it.
func TestNoWarningAboutADefault(t *testing.T) {
	complaints := sdk.Diagnostics{{Path: []string{"shm_size"}, Summary: "is left as it is", Warning: true}}
	for size, want := range map[int64][]string{0: nil, 5: {"f.yaml:2:3: shm_size: is left as it is"}} {
		engine, job, _ := attempted(t, flow.Model{GPUs: 1, Container: flow.Container{ShmSize: size}},
			&scripted{complaints: complaints, watch: exits(sdk.Exit{Reason: sdk.Exited})})
		result, err := engine.Run(t.Context(), job)
		check(t, err)
		if diff := cmp.Diff(want, result.Warnings); diff != "" {
			t.Errorf("shm_size %d: -want +got:\n%s", size, diff)
		}
	}
}

// digests is a store that knows the digest of the attempt before.
type digests struct {
	Store
	before string
	asked  *atomic.Int32 // how often; nil: nobody counts
}

func (d digests) DigestBefore(context.Context, run.Attempt, string) (string, error) {
	if d.asked != nil {
		d.asked.Add(1)
	}
	return d.before, nil
}

// The database is asked once for what an image was; after that the attempt before
// counts, and each change of the tag is said once.
func TestDigestsAreRemembered(t *testing.T) {
	asked := new(atomic.Int32)
	script := &scripted{}
	engine, job, _ := attempted(t, flow.Model{PullBeforeExec: true, Container: flow.Container{Image: "model:1"}}, script)
	engine.Store = digests{before: "sha256:a", asked: asked}
	for i, want := range []string{"a", "b", "b", "a"} {
		script.watch = exits(sdk.Exit{Reason: sdk.Exited, ImageDigest: "sha256:" + want})
		result, err := engine.Run(t.Context(), job)
		check(t, err)
		if changed := i == 1 || i == 3; changed != (len(result.Warnings) == 1) {
			t.Errorf("attempt %d: %q", i, result.Warnings)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("the database was asked %d times, want 1", n)
	}
}

// What an attempt ran on is in its ending, whether or not it succeeded.
func TestWhatItRanOn(t *testing.T) {
	exit := sdk.Exit{Reason: sdk.Exited, Node: "n1", ImageDigest: "sha256:aa", Usage: sdk.Usage{CPU: time.Second, MemoryPeak: 5 << 20}}
	for _, code := range []int{0, 3} {
		exit.Code = code
		engine, job, _ := attempted(t, flow.Model{Container: flow.Container{Image: "model:1"}}, &scripted{watch: exits(exit)})
		engine.Plugin = func(instance string) (string, string) { return instance + "'s plugin", "1.2" }
		job.Devices = []sdk.Device{{UUID: "GPU-1", Index: "0"}, {Index: "1"}, {CDI: "vendor/gpu=2"}}
		result, err := engine.Run(t.Context(), job)
		check(t, err)
		want := run.RanOn{Image: "model:1", Digest: "sha256:aa", Plugin: "scripted's plugin", PluginVersion: "1.2", Node: "n1",
			Devices: []string{"GPU-1", "1", "vendor/gpu=2"}, CPU: time.Second, MemoryPeak: 5 << 20}
		if diff := cmp.Diff(want, result.RanOn); diff != "" {
			t.Errorf("code %d: -want +got:\n%s", code, diff)
		}
	}
}

// A tag that means another image than in the run before is said, where the flow
// lets it be fetched each time.
func TestAnotherDigest(t *testing.T) {
	for _, test := range []struct {
		name   string
		before string
		pull   bool
		warns  bool
	}{
		{"the first", "", true, false},
		{"the same", "sha256:new", true, false},
		{"another", "sha256:old", true, true},
		{"another, by hand", "sha256:old", false, false},
	} {
		engine, job, _ := attempted(t, flow.Model{PullBeforeExec: test.pull, Container: flow.Container{Image: "model:1"}},
			&scripted{watch: exits(sdk.Exit{Reason: sdk.Exited, ImageDigest: "sha256:new"})})
		engine.Store = digests{before: test.before}
		result, err := engine.Run(t.Context(), job)
		check(t, err)
		said := strings.Join(result.Warnings, "\n")
		if test.warns != strings.Contains(said, "model:1 is another one than in the run before: sha256:new, which was sha256:old") || !test.warns && said != "" {
			t.Errorf("%s: %q", test.name, said)
		}
	}
}

// What is said of an attempt is bounded, and each thing is said once.
func TestWarningsAreBounded(t *testing.T) {
	w := &warnings{}
	for i := range 100 {
		w.add("the same")
		w.add(strings.Repeat("é", 100+i*10))
	}
	all := w.list()
	if len(all) != mostWarnings || all[0] != "the same" {
		t.Errorf("%d warnings, first %q", len(all), all[0])
	}
	for _, text := range all {
		if len(text) > longestWarning+5 || strings.ContainsRune(text, '\uFFFD') {
			t.Errorf("%d bytes: %q", len(text), text)
		}
	}
}
