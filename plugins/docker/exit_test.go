package docker

import (
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

func TestEnds(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	for name, test := range map[string]struct {
		script string
		change func(*sdk.Task)
		want   sdk.Exit
	}{
		"zero":            {script: "exit 0", want: sdk.Exit{Reason: sdk.Exited}},
		"signal":          {script: "sleep 60 & kill -USR1 $$ ; wait", want: sdk.Exit{Reason: sdk.Exited, Code: 138, Signal: 10}, change: func(task *sdk.Task) { task.Options = &Options{Init: new(true)} }},
		"memory":          {script: "head -c 200m /dev/zero | tail", want: sdk.Exit{Reason: sdk.OutOfMemory, Code: 137, Signal: 9}, change: func(task *sdk.Task) { task.Resources.Memory, task.Resources.MemorySwap = 16<<20, 16<<20 }},
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
			s.own().config.StopGrace = 0
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
			t.Log(got.Message)
			if err := s.own().Remove(t.Context(), task.Attempt); err != nil {
				t.Error(err)
			}
		})
	}
}
