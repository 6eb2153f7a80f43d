package sitetest

import (
	"sync"
	"testing"

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
