package engine_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/raddeploy/raddeploy/sdk/engine"
)

// The time of an attempt counts by this host's clock, also in the next plugin
// process, and whatever the clock of an engine elsewhere says.
func TestAttemptsTimeIsThisHosts(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := newStub()
		s.remote = true
		task := aTask()
		task.Timeout = time.Hour
		first := s.executor(t, folder)
		if _, err := first.Start(t.Context(), task); err != nil {
			t.Fatal(err)
		}
		<-s.started
		synctest.Wait()
		first.Close()
		s.mu.Lock()
		s.there.Started = s.there.Started.Add(-50 * time.Minute) // as a clock behind ours says it
		s.mu.Unlock()

		if err := s.executor(t, folder).Recover(t.Context(), task, nil); err != nil {
			t.Fatal(err)
		}
		signals := func() int {
			synctest.Wait()
			s.mu.Lock()
			defer s.mu.Unlock()
			return len(s.signals)
		}
		time.Sleep(55 * time.Minute)
		if n := signals(); n != 0 {
			t.Errorf("%d signals before its time is over", n)
		}
		time.Sleep(6 * time.Minute)
		if n := signals(); n == 0 {
			t.Error("no signal when its time is over")
		}
		s.stop(engine.End{})
	})
}
