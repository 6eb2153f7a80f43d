package notify

import (
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/run"
)

// untilAsked waits until a server is asked to take a message.
func (w *world) untilAsked() {
	for asked := 0; asked == 0; time.Sleep(time.Second) {
		w.set(func() { asked = w.asked })
	}
}

// repeated are ids of messages that were taken more than once.
func (w *world) repeated() (all []string) {
	seen := make(map[string]int)
	for _, m := range w.sent {
		if seen[m.ID]++; seen[m.ID] == 2 {
			all = append(all, m.ID)
		}
	}
	return all
}

// While a full disk takes no ends of tries, no message is sent a second time, and those
// that follow wait. When it takes them all are sent, and each is recorded as sent.
func TestNotifySendsOnceOnAFullDisk(t *testing.T) {
	for _, stops := range []bool{false, true} {
		inTime(t, func(t *testing.T) {
			w := newWorld(config.Notify{Name: "physicist"})
			w.endless = true
			story(t, w, func(*Notifier) {
				w.ends("00000001", "lungs", run.Failed, "no")
				time.Sleep(time.Hour)
				w.set(func() {
					if len(w.sent) != 1 || w.asked != 1 {
						t.Errorf("%d messages sent in %d tries while nothing was recorded, want 1", len(w.sent), w.asked)
					}
					w.endless = false
				})
				if !stops {
					time.Sleep(2 * time.Minute)
				}
			})
			if w.messages[0].State != run.MessageSent {
				t.Errorf("the message that was taken is %s", w.messages[0].State)
			}
			story(t, w, func(*Notifier) { time.Sleep(2 * time.Minute) })
			if twice := w.repeated(); len(twice) > 0 || len(w.sent) != 2 {
				t.Errorf("%d messages were sent, these twice: %q", len(w.sent), twice)
			}
		})
	}
}

// A message that a server takes while the agent stops is recorded: the next agent does
// not send it again.
func TestNotifyRecordsWhatIsTakenWhileItStops(t *testing.T) {
	inTime(t, func(t *testing.T) {
		w := newWorld(config.Notify{Name: "physicist"})
		w.taking = 10 * time.Second
		story(t, w, func(*Notifier) {
			w.ends("00000001", "lungs", run.Failed, "no")
			w.untilAsked()
		})
		if len(w.sent) != 1 || w.messages[0].State != run.MessageSent {
			t.Errorf("%d messages were taken, and the first is %s", len(w.sent), w.messages[0].State)
		}
		story(t, w, func(*Notifier) { time.Sleep(5 * time.Minute) })
		if twice := w.repeated(); len(twice) > 0 || len(w.sent) != 2 {
			t.Errorf("%d messages were sent, these twice: %q", len(w.sent), twice)
		}
	})
}

// A try that ends after the store was asked what is to be sent is not made again.
func TestNotifySendsOnceWhatEndsMeanwhile(t *testing.T) {
	inTime(t, func(t *testing.T) {
		w := newWorld(config.Notify{Name: "physicist"})
		w.taking, w.stale = 1500*time.Millisecond, 3*time.Second
		story(t, w, func(*Notifier) {
			w.ends("00000001", "lungs", run.Failed, "no")
			time.Sleep(5 * time.Minute)
		})
		if twice := w.repeated(); len(twice) > 0 || len(w.sent) != 2 {
			t.Errorf("%d messages were sent, these twice: %q", len(w.sent), twice)
		}
	})
}
