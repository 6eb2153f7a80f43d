package execute

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/schedule/plan"
	"github.com/raddeploy/raddeploy/core/spool"
	"github.com/raddeploy/raddeploy/sdk"
)

// That a process runs is told when it begins, so that an executor which was given
// one task to show that it works need not wait for the end of it.
func TestAProcessThatRunsIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{watch: exits(sdk.Exit{Reason: sdk.Exited, Code: 7})}
		tried(t, s, run.AttemptIntended)
		if !slices.Equal(s.runs, []run.AttemptID{"a-0-1"}) {
			t.Errorf("told of %v", s.runs)
		}
		s = &scripted{watch: func(_ int, emit func(sdk.Event) error) error {
			return emit(sdk.Event{Exit: &sdk.Exit{Reason: sdk.StartFailed, Message: "no bridge"}})
		}}
		result, _, _ := tried(t, s, run.AttemptIntended)
		if len(s.runs) > 0 || plan.StartOf(result) != plan.Failing || plan.BlameOf(result) != plan.Infrastructure {
			t.Errorf("told of %v, %+v", s.runs, result)
		}
	})
}

// What the agent's own disk keeps from starting is tried again, and is no fault of
// the executor.
func TestAFolderThatCannotBeLaidIsOurOwnFault(t *testing.T) {
	s := &scripted{}
	file := filepath.Join(t.TempDir(), "file")
	check(t, os.WriteFile(file, nil, 0o644))
	engine, objects := received(t, run.Object{Modality: "CT", SeriesUID: "1", SOPInstanceUID: "2"})
	engine.Logger = hclog.NewNullLogger()
	engine.Layout = spool.Runs{Dir: file}
	result, err := engine.Run(t.Context(), Job{
		Run:      run.Run{ID: run.NewID()},
		Flow:     &flow.Flow{Name: "f", Models: []flow.Model{{Name: "m", Container: flow.Container{Image: "busybox"}, ConfigDumpFolder: "/config", ConfigFile: "config.yaml"}}},
		Attempt:  run.Attempt{ID: "a-0-1", Number: 1, State: run.AttemptIntended, Executor: "scripted"},
		Objects:  func() ([]run.Object, error) { return objects, nil },
		Executor: s,
	})
	check(t, err)
	if s.starts > 0 || plan.BlameOf(result) != plan.Infrastructure || plan.StartOf(result) != plan.Unsaid {
		t.Errorf("%d starts, %+v", s.starts, result)
	}
}

// An attempt is made ready while it is being recorded, but nothing is started that
// the next agent would know nothing of.
func TestNothingIsStartedBeforeItIsRecorded(t *testing.T) {
	full := errors.New("no space left on device")
	for _, test := range []struct {
		name   string
		err    error
		starts int
	}{
		{"recorded", nil, 1},
		{"not recorded", full, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &scripted{watch: exits(sdk.Exit{Reason: sdk.Exited})}
			_, engine, job := tried(t, s, run.AttemptIntended)
			s.starts, job.Run.ID = 0, run.NewID()
			job.Recorded = func() error {
				output := engine.Layout.Output(job.Run.ID, 0, 1, flow.Dst)
				if _, err := os.Stat(output); err != nil || s.starts > 0 {
					t.Errorf("while it is recorded, %d starts, and its folders: %v", s.starts, err)
				}
				return test.err
			}
			if _, err := engine.Run(t.Context(), job); err != test.err || s.starts != test.starts {
				t.Errorf("ended with %v after %d starts, want %v after %d", err, s.starts, test.err, test.starts)
			}
		})
	}
}
