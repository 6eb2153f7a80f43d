package notify

import (
	"errors"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/run"
)

// A disk that cannot be looked at is left out of a digest, and neither the digest nor
// what fails waits for it.
func TestNotifyDigestWithoutADisk(t *testing.T) {
	inTime(t, func(t *testing.T) {
		w := newWorld(config.Notify{Name: "physicist", On: []run.NoticeKind{run.NoticeDigest, run.NoticeFailed}})
		w.noDisk = errors.New("stat: input/output error")
		story(t, w, func(*Notifier) {
			time.Sleep(24 * time.Hour)
			w.ends("00000001", "lungs", run.Failed, "no")
			time.Sleep(2 * time.Minute)
		})
		all := w.texts("a@example.org")
		if len(all) != 2 || w.sent[0].Content.Digest == nil || w.sent[0].Content.Digest.DiskDaysLeft != nil {
			t.Errorf("told: %q", all)
		}
	})
}

// A digest says that the disk is nearly full, in its title, too.
func TestNotifyDigestOfAFullDisk(t *testing.T) {
	inTime(t, func(t *testing.T) {
		w := newWorld(config.Notify{Name: "physicist", On: []run.NoticeKind{run.NoticeDigest}})
		w.days = 0
		story(t, w, func(*Notifier) { time.Sleep(24 * time.Hour) })
		subject, body, err := render(config.Email{}, w.sent[0].Content)
		if err != nil || !contains(subject, ", the disk is nearly full") || !contains(body, "\nDisk: nearly full\n") {
			t.Errorf("%v, subject %q, body\n%s", err, subject, body)
		}
	})
}
