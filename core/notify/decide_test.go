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

// The flow's owner and the block's recipients are told apart: that one of them was not
// told yet that a run is held is no reason to keep from the other that it goes on.
func TestNotifyRecoversOfWhoWasTold(t *testing.T) {
	now := time.Now()
	block := config.Notify{
		Name: "n", On: []run.NoticeKind{run.NoticeHeld, run.NoticeRecovered}, Listed: 5, Hourly: 2, Window: time.Minute,
		Email: &config.Email{To: []string{"a@example.org"}, Owner: true},
	}
	of := run.Notice{Thing: run.OfRun, Name: "r", Flow: "f", Run: "r"}
	held, released := of, of
	held.Kind, released.Kind = run.NoticeHeld, run.NoticeRecovered
	for owner, told := range map[string]string{"o@example.org": "", "": "o@example.org"} {
		s := &teller{site: &config.Site{Notify: config.Notifies{block}}, now: now}
		s.told.Recent = map[[2]string]int{{"n", owner}: 2} // as many as there may be in an hour
		s.take(fact{Notice: held, owner: "o@example.org"})
		s.now = now.Add(2 * time.Minute)
		s.telling()
		if len(s.messages) != 1 || s.messages[0].Owner != told || len(s.told.Notices) != 1 || s.told.Notices[0].Owner != owner {
			t.Fatalf("messages %+v, and there wait %+v", s.messages, s.told.Notices)
		}
		s.take(fact{Notice: released, owner: "o@example.org"})
		if len(s.told.Notices) != 1 || s.told.Notices[0].Owner != told || s.told.Notices[0].Kind != run.NoticeRecovered {
			t.Errorf("%q was not told: there waits %+v, want that %q is told that it has recovered", owner, s.told.Notices, told)
		}
	}
}
