package docker

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/docker/enginetest"
	"github.com/raddeploy/raddeploy/sdk"
)

// While an engine is being stopped in order, tasks end and others are started;
// each is removed as soon as its end is told. Whatever the engine did of that by
// half, nothing is left of them when it is back.
func TestNothingStaysOfAnEngineThatWasStopped(t *testing.T) {
	t.Parallel()
	d := enginetest.New(t)
	s := docker.Site(t, at(d))
	src := s.Folder("src", "a", "b")
	var all sync.WaitGroup
	stopping := make(chan struct{})
	live := func(task *sdk.Task, after time.Duration) {
		<-stopping
		time.Sleep(after)
		retry := func(do func() error) {
			for deadline := time.Now().Add(time.Minute); do() != nil && time.Now().Before(deadline); {
				time.Sleep(20 * time.Millisecond)
			}
		}
		retry(func() error { _, err := s.Executor.Start(context.Background(), task); return err })
		retry(func() error {
			return s.Executor.Watch(context.Background(), task.Attempt, func(sdk.Event) error { return nil })
		})
		retry(func() error { return s.Executor.Remove(context.Background(), task.Attempt) })
	}
	for i := range 12 {
		task := s.Task("sleep 3", sdk.Mount{Role: sdk.Input, Name: "src", Source: src, Target: "/input"})
		if i < 6 {
			s.Start(task)
			s.Until(task.Attempt, sdk.Running)
		}
		all.Go(func() { live(task, time.Duration(max(0, i-6))*100*time.Millisecond) })
	}
	close(stopping)
	d.Stop()
	d.Start()
	all.Wait()
	if left := volumesOf(t, d.Endpoint(), s); len(left) > 0 {
		t.Errorf("%d volumes are left: %v", len(left), left)
	}
	if held, err := s.Executor.List(t.Context()); err != nil || len(held) > 0 {
		t.Errorf("%v, %v", held, err)
	}
}
