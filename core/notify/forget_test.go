package notify

import (
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/run"
)

// A site that loses a block, or a block its digests, forgets when they are due; and a
// site without blocks forgets old messages as any other does.
func TestNotifyForgetsWhatIsOfNoBlock(t *testing.T) {
	inTime(t, func(t *testing.T) {
		both := []run.NoticeKind{run.NoticeDigest, run.NoticeFailed}
		w := newWorld(config.Notify{Name: "a", On: both}, config.Notify{Name: "b", On: both}, config.Notify{Name: "c", On: both})
		all := w.site
		story(t, w, func(*Notifier) {
			w.ends("00000001", "lungs", run.Failed, "no")
			time.Sleep(5 * time.Minute)
			some, none := *all, *all
			some.Notify, none.Notify = config.Notifies{all.Notify[0], all.Notify[1]}, nil
			some.Notify[1].On = both[1:]
			w.set(func() { w.site = &some })
			time.Sleep(time.Minute)
			w.set(func() {
				if _, kept := w.told.Digests["a"]; !kept || len(w.told.Digests) != 1 {
					t.Errorf("digests: %v", w.told.Digests)
				}
				if len(w.messages) == 0 {
					t.Error("no message was made")
				}
				for _, m := range w.messages {
					m.Created = time.Now().Add(-kept)
				}
				w.site = &none
			})
			time.Sleep(time.Minute)
			w.set(func() {
				if len(w.messages) > 0 {
					t.Errorf("%d messages are kept for more than 30 days", len(w.messages))
				}
			})
		})
	})
}
