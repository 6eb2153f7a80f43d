package lifetest

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// ends has attempts end in every way that there is by themselves.
func (b Backend) ends(t *testing.T) {
	t.Parallel()
	s := b.Site(t, `{"stop_grace": "0s"}`)
	for name, test := range map[string]struct {
		script string
		change func(*sdk.Task)
		want   sdk.Exit
	}{
		"zero":            {script: "exit 0", want: sdk.Exit{Reason: sdk.Exited}},
		"signal":          {script: "sh -c 'kill -USR1 $$'; exit $?", want: sdk.Exit{Reason: sdk.Exited, Code: 138, Signal: 10}},
		"memory":          {script: "tail /dev/zero", want: sdk.Exit{Reason: sdk.OutOfMemory, Code: 137, Signal: 9}, change: func(task *sdk.Task) { task.Resources.Memory, task.Resources.MemorySwap = 16<<20, 16<<20 }},
		"no such program": {want: sdk.Exit{Reason: sdk.StartFailed}, change: func(task *sdk.Task) { task.Container.Command = []string{"/no/such/program"} }},
		"no image, always": {want: sdk.Exit{Reason: sdk.ImageUnavailable}, change: func(task *sdk.Task) {
			task.Container.Image, task.Container.Pull = "127.0.0.1:5000/no/such:image", sdk.PullAlways
		}},
		"time over": {script: "sleep 600", want: sdk.Exit{Reason: sdk.TimedOut, Code: 137, Signal: 9}, change: func(task *sdk.Task) { task.Timeout = 300 * time.Millisecond }},
	} {
		t.Run(name, func(t *testing.T) {
			task := s.Task(test.script)
			if test.change != nil {
				test.change(task)
			}
			got := s.Run(task)
			if got.Reason != test.want.Reason || got.Code != test.want.Code || got.Signal != test.want.Signal {
				t.Errorf("got %+v, want %+v", got.Exit, test.want)
			}
			if ran := got.Reason != sdk.StartFailed && got.Reason != sdk.ImageUnavailable; ran != !got.Started.IsZero() {
				t.Errorf("started %v", got.Started)
			}
			if got.Exit.Succeeded() != (name == "zero") || (got.Message == "") != (name == "zero") {
				t.Errorf("got %+v", got.Exit)
			}
			if err := s.Executor.Remove(t.Context(), task.Attempt); err != nil {
				t.Error(err)
			}
		})
	}
}

// whatWasUsed is in the exit.
func (b Backend) whatWasUsed(t *testing.T) {
	t.Parallel()
	s := b.Site(t, "")
	got := s.Run(s.Task("end=$(($(date +%s) + 3)); while [ $(date +%s) -lt $end ]; do :; done"))
	if !got.Succeeded() || got.Usage.CPU <= 0 || got.Usage.MemoryPeak <= 0 {
		t.Errorf("%+v", got.Exit)
	}
}

// startsThatCanNeverWork say so and what to do.
func (b Backend) startsThatCanNeverWork(t *testing.T) {
	t.Parallel()
	s := b.Site(t, "")
	for name, test := range map[string]struct {
		change func(*sdk.Task)
		says   string
	}{
		"no such entrypoint":                 {func(task *sdk.Task) { task.Container.Entrypoint = []string{"/nosuch"} }, "check the model's command and entrypoint"},
		"no such program":                    {func(task *sdk.Task) { task.Container.Command = []string{"nosuch"} }, "check the model's command and entrypoint"},
		"a folder":                           {func(task *sdk.Task) { task.Container.Entrypoint = []string{"/etc"} }, "check the model's command and entrypoint"},
		"no such user":                       {func(task *sdk.Task) { task.Container.User = "nosuch" }, "check the model's user"},
		"no such group":                      {func(task *sdk.Task) { task.Container.User = "0:nosuchgroup" }, "check the model's user"},
		"no user of a number":                {func(task *sdk.Task) { task.Container.User = "99999999999" }, "check the model's user"},
		"a working directory that is a file": {func(task *sdk.Task) { task.Container.WorkingDir = "/etc/passwd/x" }, "check the model's working_dir"},
		"no such CPU":                        {func(task *sdk.Task) { task.Resources.CPUSetCPUs = "4000" }, "check the model's cpuset_cpus"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := s.Task("true")
			test.change(task)
			got := s.Run(task)
			if got.Reason != sdk.StartFailed || !got.Permanent || !strings.Contains(got.Message, test.says) {
				t.Errorf("%+v", got.Exit)
			}
		})
	}
}

// stoppedFromOutside has an administrator end attempts: that is not the model's
// failure, and not tried again, whatever code the process ends with.
func (b Backend) stoppedFromOutside(t *testing.T) {
	t.Parallel()
	s := b.Site(t, "")
	for name, command := range b.Kill {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := s.Task("echo up; sleep 600")
			s.Start(task)
			s.Says(task.Attempt, "up\n")
			command := append(command[1:len(command):len(command)], engine.ContainerName(task.Attempt))
			if said, err := exec.Command(b.Kill[name][0], command...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, said)
			}
			if got := s.Watch(task.Attempt); got.Reason != sdk.Stopped || !strings.Contains(got.Message, "as "+b.Name) && !strings.Contains(got.Message, "as ctr") {
				t.Errorf("%+v", got.Exit)
			}
		})
	}
}

// pullThatFailsIsAWarning where the image is there.
func (b Backend) pullThatFailsIsAWarning(t *testing.T) {
	t.Parallel()
	s := b.Site(t, `{"pull_patience": "300ms"}`)
	sitetest.NeedRegistry(t)
	for name, image := range map[string]string{
		"the registry does not have it":    "127.0.0.1:5000/raddeploy-test/only-here:latest",
		"there is no registry":             "127.0.0.1:1/raddeploy-test/only-here:latest",
		"the registry says nothing at all": sitetest.SilentRegistry(t) + "/raddeploy-test/only-here:latest",
	} {
		b.Tag(t, image)
		for round := range 2 {
			task := s.Task("true")
			task.Container.Image, task.Container.Pull = image, sdk.PullAlways
			got := s.Run(task)
			if !got.Succeeded() || len(got.Warnings) != 1 {
				t.Errorf("%s: %+v, warnings %q", name, got.Exit, got.Warnings)
			} else if waits := !strings.Contains(got.Warnings[0], "a short while ago"); waits != (round == 0) {
				t.Errorf("%s, round %d: %s", name, round, got.Warnings[0])
			}
		}
	}
}

// pullAlwaysFetches an image that is not there, then one that is.
func (b Backend) pullAlwaysFetches(t *testing.T) {
	t.Parallel()
	s := b.Site(t, "")
	sitetest.NeedRegistry(t)
	const image = "localhost:5000/busybox:latest" // other tests use 127.0.0.1:5000
	b.Untag(t, image)
	t.Cleanup(func() { b.Untag(t, image) })
	for range 2 {
		task := s.Task("true")
		task.Container.Image, task.Container.Pull = image, sdk.PullAlways
		if got := s.Run(task); !got.Succeeded() || len(got.Warnings) != 0 || !strings.HasPrefix(got.ImageDigest, "sha256:") {
			t.Errorf("%+v, warnings %q", got.Exit, got.Warnings)
		}
	}
	prefetcher := s.Executor.(sdk.Prefetcher)
	if err := prefetcher.Prefetch(t.Context(), image, func(sdk.Progress) error { return nil }); err != nil {
		t.Errorf("prefetch: %v", err)
	}
	if err := prefetcher.Prefetch(t.Context(), "127.0.0.1:1/no/such:image", nil); sdk.KindOf(err) != sdk.Unavailable {
		t.Errorf("prefetch from nowhere: %v", err)
	}
}

// inputThatCannotBeLaidOver has an input on an overlay of an overlay, the most
// that the kernel piles up.
func (b Backend) inputThatCannotBeLaidOver(t *testing.T) {
	t.Parallel()
	s := b.Site(t, "")
	lower := s.Folder("0", "a", "x")
	for _, level := range []string{"1", "2"} {
		lower = sitetest.Overlaid(t, s.Site, lower, s.Folder(level))
	}
	out := s.Folder("out")
	for range 2 {
		task := s.Task("cat /input/a > /output/a; echo y > /input/a", sdk.Mount{Role: sdk.Input, Name: "src", Source: lower, Target: "/input"},
			sdk.Mount{Role: sdk.Output, Name: "dst", Source: out, Target: "/output"})
		if got := s.Run(task); !got.Succeeded() || s.Read("out", "a") != "x" || s.Read("0", "a") != "x" {
			t.Errorf("%+v", got.Exit)
		}
	}
}

// agentOnAnOverlay has the attempt's folder on an overlay, as in a container:
// there no other one can have its upper layer.
func (b Backend) agentOnAnOverlay(t *testing.T) {
	t.Parallel()
	s := b.Site(t, "")
	sitetest.Overlaid(t, s.Site, s.Folder("lower"), s.Folder("agent"))
	in, out := s.Folder("agent/merged/in", "a", "x"), s.Folder("agent/merged/out")
	task := s.Task("cat /input/a > /output/a; echo y > /input/a", sdk.Mount{Role: sdk.Input, Name: "src", Source: in, Target: "/input"},
		sdk.Mount{Role: sdk.Output, Name: "dst", Source: out, Target: "/output"})
	task.WorkDir = s.Folder("agent/merged/work")
	if got := s.Run(task); !got.Succeeded() || s.Read("agent/merged/out/a") != "x" || s.Read("agent/merged/in/a") != "x" {
		t.Errorf("%+v", got.Exit)
	}
}
