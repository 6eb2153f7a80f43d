package notify

import (
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/run"
)

// A trouble that was told of at a time that is still to come, as the clock was set back,
// is told again after remind_after by the clock as it is now.
func TestNotifyRemindsAfterAClockSetBack(t *testing.T) {
	inTime(t, func(t *testing.T) {
		w := newWorld(config.Notify{Name: "physicist"})
		future := time.Now().Add(1000 * time.Hour)
		w.told.Troubles = []run.Trouble{{Notify: "physicist", Subject: run.Subject{Thing: run.OfFlow, Name: "lungs"}, Kind: run.NoticeFailed, Since: future, Told: future}}
		story(t, w, func(*Notifier) {
			for range 30 {
				w.ends("00000001", "lungs", run.Failed, "no")
				time.Sleep(time.Hour)
			}
		})
		if n := len(w.texts("a@example.org")); n != 1 {
			t.Errorf("%d reminders in 30 hours, want 1", n)
		}
	})
}

// An executor that was told of recovers while a reminder of it waits: that it has
// recovered is told, and the reminder is not.
func TestNotifyRecoversWhileAReminderWaits(t *testing.T) {
	inTime(t, func(t *testing.T) {
		w := newWorld(config.Notify{Name: "physicist"})
		story(t, w, func(*Notifier) {
			w.happens(run.OfExecutor, "box", "unhealthy", "")
			time.Sleep(25 * time.Hour)
			w.happens(run.OfExecutor, "box", "undetected", "")
			time.Sleep(10 * time.Second)
			w.happens(run.OfExecutor, "box", "healthy", "")
			time.Sleep(2 * time.Minute)
		})
		want(t, w.texts("a@example.org"), "executor box is unhealthy\n  executor box is unhealthy: no docker",
			"executor box is healthy again\n  executor box is healthy again (it had failed 1 time since)")
	})
}
