package execute

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

func closed() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// What was canceled before it began is not started, and what an executor lost is
// not started again.
func TestCanceledBeforeItIsStarted(t *testing.T) {
	unknown := sdk.Errorf(sdk.NotFound, "no such attempt")
	for name, script := range map[string]*scripted{
		"it is new":                     {canceled: closed()},
		"the executor does not know it": {canceled: closed(), resumed: true, recover: unknown},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				result, _, _ := tried(t, script, run.AttemptIntended)
				if script.starts != 0 || result.Exit.Reason != sdk.Stopped {
					t.Errorf("%d starts, %+v", script.starts, result)
				}
			})
		})
	}
}

// A task is asked to end, then stopped by force, and asked again by an executor
// whose plugin was away meanwhile.
func TestCanceledWhileItRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := sdk.Errorf(sdk.Unavailable, "the plugin is away")
		var graces []time.Duration
		ended := make(chan struct{})
		s := &scripted{canceled: make(chan struct{})}
		s.stop = func(grace time.Duration) error {
			graces = append(graces, grace)
			if len(graces) == 2 {
				return away
			}
			if len(graces) == 4 {
				close(ended)
			}
			return nil
		}
		s.watch = func(n int, emit func(sdk.Event) error) error {
			check(t, emit(sdk.Event{State: sdk.Running}))
			switch n {
			case 1: // its plugin ends a moment after it was asked to stop
				time.Sleep(time.Minute)
				close(s.canceled)
				time.Sleep(time.Second)
				return away
			default:
				<-ended
				return emit(sdk.Event{Exit: &sdk.Exit{Reason: sdk.Stopped, Signal: 9}})
			}
		}
		result, _, _ := tried(t, s, run.AttemptIntended)
		if want := []time.Duration{stopGrace, stopGrace, stopGrace, 0}; !slices.Equal(graces, want) {
			t.Errorf("it was asked to stop within %v, want %v", graces, want)
		}
		if s.starts != 1 || result.Exit.Reason != sdk.Stopped {
			t.Errorf("%d starts, %+v", s.starts, result)
		}
	})
}

// A cancellation ends the pause before an executor that is away is asked again,
// and does not ask it without a pause then.
func TestCanceledWhileTheExecutorIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		s := &scripted{canceled: make(chan struct{}), resumed: true}
		s.watch = func(n int, emit func(sdk.Event) error) error {
			if time.Since(began) < time.Hour {
				return sdk.Errorf(sdk.Unavailable, "the plugin is away")
			}
			return exits(sdk.Exit{Reason: sdk.Stopped})(n, emit)
		}
		s.stop = func(time.Duration) error { return nil }
		time.AfterFunc(time.Minute, func() { close(s.canceled) })
		tried(t, s, run.AttemptStarted)
		if took := time.Since(began); took < time.Hour || took > time.Hour+backoff.Longest {
			t.Errorf("it ended after %s", took)
		}
	})
}

func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		canceled := make(chan struct{})
		l := &life{job: &Job{Canceled: canceled}}
		time.AfterFunc(time.Second, func() { close(canceled) })
		for _, want := range []time.Duration{time.Second, time.Minute} {
			began := time.Now()
			if err := l.pause(t.Context(), time.Minute); err != nil || time.Since(began) != want {
				t.Errorf("a pause took %s, want %s (%v)", time.Since(began), want, err)
			}
		}
	})
}
