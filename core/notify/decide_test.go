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
