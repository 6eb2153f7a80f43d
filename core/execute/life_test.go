package execute

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/logs"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// scripted is an executor that does what a test says.
type scripted struct {
	complaints sdk.Diagnostics
	recover    error
	watch      func(n int, emit func(sdk.Event) error) error // the nth watch, from 1
	output     string                                        // what it prints
	resumed    bool                                          // an earlier agent may have started it
	rebooted   bool                                          // its host was booted anew since
	cluster    bool                                          // its tasks run elsewhere
	started    func() error                                  // records the start; nil: it works
	canceled   chan struct{}                                 // closed when it is canceled; nil: never
	stop       func(grace time.Duration) error               // what Stop answers; nil: it works once

	starts, watches, stops int
	runs                   []run.AttemptID // those whose process was seen running
	stopped                chan struct{}
}

func (*scripted) Described(context.Context) error { return nil }

func (s *scripted) CheckOptions(map[string]any) ([]byte, sdk.Diagnostics) { return []byte("{}"), nil }
func (s *scripted) ValidateTask(context.Context, *sdk.Task) (sdk.Diagnostics, error) {
	return s.complaints, nil
}
func (s *scripted) Start(context.Context, *sdk.Task) (sdk.Handle, error) { s.starts++; return nil, nil }
func (s *scripted) Recover(context.Context, *sdk.Task, sdk.Handle) error { return s.recover }
func (s *scripted) Remove(context.Context, sdk.AttemptID) error          { return nil }

func (s *scripted) Stop(_ context.Context, _ sdk.AttemptID, grace time.Duration) error {
	s.stops++
	if s.stop != nil {
		return s.stop(grace)
	}
	close(s.stopped)
	return nil
}

func (s *scripted) Watch(_ context.Context, _ sdk.AttemptID, emit func(sdk.Event) error) error {
	s.watches++
	return s.watch(s.watches, emit)
}

func (s *scripted) Logs(_ context.Context, _ sdk.AttemptID, r sdk.LogRequest, emit func(sdk.LogChunk) error) error {
	if r.Stream == sdk.Stderr {
		return nil
	}
	return emit(sdk.LogChunk{Data: []byte(s.output), Next: "end"})
}

func exits(exit sdk.Exit) func(int, func(sdk.Event) error) error {
	return func(_ int, emit func(sdk.Event) error) error {
		if err := emit(sdk.Event{State: sdk.Running}); err != nil {
			return err
		}
		exit.Started = time.Now()
		return emit(sdk.Event{Exit: &exit})
	}
}

// tried carries one attempt to its end.
func tried(t *testing.T, s *scripted, state run.AttemptState) (Result, *Engine, Job) {
	t.Helper()
	s.stopped = make(chan struct{})
	engine, objects := received(t, run.Object{Modality: "CT", SeriesUID: "1", SOPInstanceUID: "2"})
	engine.Logger, engine.Local = hclog.NewNullLogger(), func(string) bool { return !s.cluster }
	engine.Runs = func(a run.Attempt) { s.runs = append(s.runs, a.ID) }
	job := Job{
		Run: run.Run{ID: run.NewID()},
		Flow: &flow.Flow{Name: "f", Models: []flow.Model{{
			Name:             "m",
			Container:        flow.Container{Image: "busybox"},
			Inputs:           []flow.Mount{{Name: flow.Src, Path: "/input"}},
			Outputs:          []flow.Mount{{Name: flow.Dst, Path: "/output"}},
			ConfigDumpFolder: "/config",
			ConfigFile:       "config.yaml",
			Timeout:          30 * time.Minute,
		}}},
		Attempt:  run.Attempt{ID: "a-0-1", Number: 1, State: state, Executor: "scripted", Rebooted: s.rebooted},
		Objects:  func() ([]run.Object, error) { return objects, nil },
		Executor: s,
		Started: func(sdk.Handle, time.Time) error {
			if s.started == nil {
				return nil
			}
			return s.started()
		},
		Progress: func(sdk.Event) {},
		Doing:    func(string) {},
		Canceled: s.canceled,
	}
	if s.resumed {
		job.Resumed = true
		check(t, engine.lay(&job))
		check(t, os.WriteFile(filepath.Join(engine.Layout.Output(job.Run.ID, 0, 1, flow.Dst), "half"), nil, 0o644))
	}
	result, err := engine.Run(t.Context(), job)
	check(t, err)
	return result, engine, job
}

func TestLife(t *testing.T) {
	away := sdk.Errorf(sdk.Unavailable, "the plugin is away")
	unknown := sdk.Errorf(sdk.NotFound, "no such attempt")
	for _, test := range []struct {
		name     string
		script   *scripted
		state    run.AttemptState // as the database has it
		reason   string           // contained in the result's; "": it succeeded
		rejected bool
		starts   int
		left     bool // what an earlier start left in the output is still there
	}{
		{"it succeeds", &scripted{watch: exits(sdk.Exit{Reason: sdk.Exited})}, run.AttemptIntended, "", false, 1, false},
		{"it fails", &scripted{watch: exits(sdk.Exit{Reason: sdk.Exited, Code: 7})}, run.AttemptIntended, "exit code 7", false, 1, false},
		{"it runs out of memory", &scripted{watch: exits(sdk.Exit{Reason: sdk.OutOfMemory, Code: 137})}, run.AttemptIntended, "raise mem_limit", false, 1, false},
		{"its image is not there", &scripted{watch: exits(sdk.Exit{Reason: sdk.ImageUnavailable})}, run.AttemptIntended, "image busybox is not there", false, 1, false},
		{"the executor refuses it", &scripted{complaints: sdk.Diagnostics{{Path: []string{"gpus"}, Summary: "no GPU"}}}, run.AttemptIntended, "gpus: no GPU", true, 0, false},
		{"the executor is away for a while", &scripted{watch: func(n int, emit func(sdk.Event) error) error {
			if n < 5 {
				return away
			}
			return exits(sdk.Exit{Reason: sdk.Exited})(n, emit)
		}}, run.AttemptIntended, "", false, 1, false},
		{"an earlier agent's attempt is found", &scripted{resumed: true, watch: exits(sdk.Exit{Reason: sdk.Exited})}, run.AttemptStarted, "", false, 0, true},
		{"an earlier agent's attempt is lost, and begins anew in empty folders",
			&scripted{resumed: true, recover: unknown, watch: exits(sdk.Exit{Reason: sdk.Exited})}, run.AttemptStarted, "", false, 1, false},
		{"an earlier agent started it and could not note that: what it has written stays",
			&scripted{resumed: true, watch: exits(sdk.Exit{Reason: sdk.Exited})}, run.AttemptIntended, "", false, 0, true},
		{"the executor breaks its contract", &scripted{watch: func(int, func(sdk.Event) error) error {
			return sdk.Errorf(sdk.Unknown, "nil map")
		}}, run.AttemptIntended, "nil map", false, 1, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				result, engine, job := tried(t, test.script, test.state)
				if test.reason == "" && result.Reason != "" || !strings.Contains(result.Reason, test.reason) || result.Rejected != test.rejected {
					t.Errorf("result is %+v", result)
				}
				if test.script.starts != test.starts {
					t.Errorf("it was started %d times, want %d", test.script.starts, test.starts)
				}
				_, err := os.Stat(filepath.Join(engine.Layout.Output(job.Run.ID, 0, 1, flow.Dst), "half"))
				if left := err == nil; left != test.left {
					t.Errorf("left over from before: %v, want %v", left, test.left)
				}
			})
		})
	}
}

// A task that never ends is stopped when its time is over, and fails as timed out.
func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{}
		s.watch = func(_ int, emit func(sdk.Event) error) error {
			if err := emit(sdk.Event{State: sdk.Running}); err != nil {
				return err
			}
			<-s.stopped
			return emit(sdk.Event{Exit: &sdk.Exit{Reason: sdk.Stopped, Code: 143, Started: time.Now()}})
		}
		began := time.Now()
		result, _, _ := tried(t, s, run.AttemptIntended)
		if result.Exit.Reason != sdk.TimedOut || !strings.Contains(result.Reason, "timed out after 30m0s") || s.stops != 1 {
			t.Errorf("result is %+v after %d stops", result, s.stops)
		}
		if took := time.Since(began); took != 30*time.Minute {
			t.Errorf("it took %s", took)
		}
	})
}

// A task whose time is over is stopped by one agent, and its end seen by the
// next one. It has timed out, and was not stopped from outside.
func TestTimeoutSeenByTheNextAgent(t *testing.T) {
	t.Parallel()
	for lasted, want := range map[time.Duration]sdk.Reason{29 * time.Minute: sdk.Stopped, 30*time.Minute + time.Second: sdk.TimedOut} {
		ended := time.Now()
		s := &scripted{resumed: true, watch: func(_ int, emit func(sdk.Event) error) error {
			return emit(sdk.Event{Exit: &sdk.Exit{Reason: sdk.Stopped, Code: 143, Started: ended.Add(-lasted), Finished: ended}})
		}}
		if result, _, _ := tried(t, s, run.AttemptStarted); result.Exit.Reason != want {
			t.Errorf("stopped after %v: %+v", lasted, result)
		}
	}
}

// The start of a task that lasts is recorded while it runs; its end waits for a
// record on its way, and no longer. A task's end records the start too.
func TestStartIsRecordedBesideTheTask(t *testing.T) {
	full := errors.New("disk full")
	moved := &run.StateError{Thing: "attempt"}
	for _, test := range []struct {
		name    string
		answers []error // of the records, one after the other
		lasts   time.Duration
		tries   int
	}{
		{"with its end", nil, startPause / 2, 0},
		{"at once", []error{nil}, 2 * startPause, 1},
		{"while it runs", []error{full, full, nil}, time.Minute, 3},
		{"not before its end", []error{full, full, full}, startPause + 250*time.Millisecond, 2},
		{"recorded otherwise", []error{moved}, time.Minute, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries, under := 0, 0
				s := &scripted{started: func() error {
					tries++
					under++
					time.Sleep(time.Millisecond) // as the disk does
					under--
					return test.answers[tries-1]
				}}
				s.watch = func(n int, emit func(sdk.Event) error) error {
					time.Sleep(test.lasts)
					return exits(sdk.Exit{Reason: sdk.Exited})(n, emit)
				}
				result, _, _ := tried(t, s, run.AttemptIntended)
				if result.Reason != "" || time.Since(result.Started) != test.lasts {
					t.Errorf("result is %+v", result)
				}
				if tries != test.tries || under != 0 {
					t.Errorf("%d tries, %d of them under way; want %d", tries, under, test.tries)
				}
			})
		})
	}
}

func TestLogsAreKept(t *testing.T) {
	s := &scripted{output: "hello\n", watch: exits(sdk.Exit{Reason: sdk.Exited})}
	_, engine, job := tried(t, s, run.AttemptIntended)
	reader := logs.Open(engine.Layout.Log(job.Run.ID, 0, 1, "stdout"))
	defer reader.Close()
	if frame, err := reader.Next(); err != nil || string(frame.Data) != "hello\n" {
		t.Errorf("kept %q, %v", frame.Data, err)
	}
}

// A success counts only if what it wrote is sure to be whole: not if this host was
// booted anew since the task began.
func TestTheHostWasBootedAnew(t *testing.T) {
	unknown := sdk.Errorf(sdk.NotFound, "no such attempt")
	succeeds, fails := exits(sdk.Exit{Reason: sdk.Exited}), exits(sdk.Exit{Reason: sdk.Exited, Code: 7})
	for _, test := range []struct {
		name   string
		script *scripted
		reason string // contained in the result's; "": it succeeded
		broken bool
	}{
		{"a success", &scripted{resumed: true, rebooted: true, watch: succeeds}, "may be cut", true},
		{"a failure", &scripted{resumed: true, rebooted: true, watch: fails}, "exit code 7", false},
		{"begun anew", &scripted{resumed: true, rebooted: true, recover: unknown, watch: succeeds}, "", false},
		{"on a cluster", &scripted{resumed: true, rebooted: true, cluster: true, watch: succeeds}, "", false},
		{"not booted", &scripted{resumed: true, watch: succeeds}, "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			result, _, _ := tried(t, test.script, run.AttemptStarted)
			if (result.Reason == "") != (test.reason == "") || !strings.Contains(result.Reason, test.reason) || result.Broken != test.broken {
				t.Errorf("result is %+v", result)
			}
		})
	}
}
