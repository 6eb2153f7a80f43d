package sitetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// RemoveByManyAtOnce removes one attempt from several goroutines.
func RemoveByManyAtOnce(t *testing.T, make Maker) {
	t.Parallel()
	s := make(t, "")
	task := s.Task("true")
	s.Run(task)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if err := s.Executor.Remove(t.Context(), task.Attempt); err != nil {
				t.Errorf("remove: %v", err)
			}
		})
	}
	group.Wait()
	if err := s.Executor.Recover(t.Context(), task, nil); sdk.KindOf(err) != sdk.NotFound {
		t.Errorf("recover what was removed: %v", err)
	}
}

// StopTwice asks attempts to end more than once, also through another plugin
// process. Of all the ends asked for the soonest counts, and a process gets its
// signal once.
func StopTwice(t *testing.T, make Maker) {
	t.Parallel()
	for name, graces := range map[string][]time.Duration{"then sooner": {time.Hour, 0, time.Hour}, "then later": {time.Second, time.Hour}} {
		for _, other := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, by another process %v", name, other), func(t *testing.T) {
				t.Parallel()
				s := make(t, "")
				task := s.Task("trap '' TERM; echo up; while true; do sleep 0.1; done")
				s.Start(task)
				s.Says(task.Attempt, "up\n")
				begun := time.Now()
				for _, grace := range graces {
					if err := s.Executor.Stop(t.Context(), task.Attempt, grace); err != nil {
						t.Fatal(err)
					}
					if other {
						s.Relaunch()
					}
				}
				if got := s.Watch(task.Attempt); got.Reason != sdk.Stopped || got.Signal != 9 || time.Since(begun) > time.Minute {
					t.Errorf("after %v: %+v", time.Since(begun), got.Exit)
				}
			})
		}
	}
	t.Run("its signal", func(t *testing.T) {
		t.Parallel()
		s := make(t, "")
		out := s.Folder("out")
		task := s.Task("trap 'echo told' TERM; echo up; while [ ! -e /output/go ]; do sleep 0.1; done; exit 3",
			sdk.Mount{Role: sdk.Output, Name: "dst", Source: out, Target: "/output"})
		s.Start(task)
		s.Says(task.Attempt, "up\n")
		for range 2 {
			for range 2 {
				if err := s.Executor.Stop(t.Context(), task.Attempt, time.Hour); err != nil {
					t.Fatal(err)
				}
				s.Says(task.Attempt, "told\n")
			}
			s.Relaunch()
		}
		s.Folder("out", "go", "")
		if got := s.Watch(task.Attempt); got.Reason != sdk.Stopped || got.Code != 3 {
			t.Errorf("%+v", got.Exit)
		}
		if got := s.Logs(task.Attempt, sdk.Stdout); got != "up\ntold\n" {
			t.Errorf("it said %q", got)
		}
	})
}
