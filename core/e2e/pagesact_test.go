package e2e_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// A delivery that a destination refused is sent again from its run's page after
// the destination came back, and a held arrival is released from Now.
func TestActsOnPages(t *testing.T) {
	t.Parallel()
	var back atomic.Bool
	archive := &testenv.Archive{Store: func(int) dimse.Status {
		if back.Load() {
			return dimse.Success
		}
		return dimse.CannotUnderstand
	}}
	archive.Listen(t)
	site := programs.NewSite(t, testenv.Fake(2))
	site.Flow("copy", copiesTo(archive.Destination()))
	site.Start()
	site.Send(testenv.Write(t, testenv.Series(2)...)...)
	r := site.Ended("copy", run.Failed)
	b := open(t, site)
	b.visit("/ui/runs/" + string(r.ID))
	b.says("0 of 2 objects", "C000")
	back.Store(true)
	b.asks(`a[href$="/resend"]`, "sent again")
	b.says("Resend: done", "2 of 2 objects")
	site.Ended("copy", run.Done)

	sender := testenv.Dial(t, site.DICOM())
	sender.MustStore(testenv.Series(1)...)
	sender.Abort()
	held := site.Arrival(2, run.ArrivalIncomplete)
	b.visit("/ui/")
	b.says("arrival "+string(held.ID)[:8], "association broke off")
	b.asks(`a[href$="/release"]`, "as if nothing had held it")
	b.at("/ui/arrivals/" + string(held.ID))
	b.says("Release: done", "dana")
	site.Arrival(2, run.ArrivalMatched)

	b.visit("/ui/arrivals/" + string(held.ID))
	b.asks(`a[href$="/rerun"]`, "whether it triggered or not")
	b.until("the new run", `location.pathname.startsWith("/ui/runs/")`)
	site.Run("copy", "made by hand", func(r api.Run) bool { return len(r.Journal) > 0 && r.Journal[0].Action == run.Rerun })

	b.visit("/ui/executors")
	b.asks(`a[href$="/drain"]`, "It gets no new task")
	b.says("drained", "by dana: it gets no new task")
	b.visit("/ui/flows/copy")
	b.asks(`a[href$="/disable"]`, "No arrival starts it")
	b.says("Switched off")
	b.visit("/ui/audit")
	b.says("resend", "release", "rerun", "drain", "disable")
}

// asks presses what asks, reads what will happen, says who it is and agrees.
func (b *chromium) asks(selector, will string) {
	b.t.Helper()
	b.do(chromedp.Click(selector))
	b.until("the question", fmt.Sprintf(`document.querySelector("dialog[open]")?.innerText.includes(%q)`, will))
	b.do(chromedp.SetValue(`dialog input[name=by]`, "dana"), chromedp.Click(`dialog form button`))
}

// A bulk action says how many runs it is about, does those, and says which were
// refused.
func TestBulkAction(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(2))
	site.Flow("bad", "triggers: [{Modality: CT}]\nmodels: [{image: any, options: {exit: 3}}]\n")
	site.Start()
	for range 3 {
		site.Send(testenv.Write(t, testenv.Series(1)...)...)
	}
	site.Arrival(3, run.ArrivalMatched)
	site.Ended("bad", run.Failed)
	testenv.Until(t, "three failed runs", func() (bool, string) {
		failed := 0
		for _, r := range site.Runs("bad") {
			if r.State == run.Failed {
				failed++
			}
		}
		return failed == 3, fmt.Sprint(failed)
	})
	b := open(t, site)
	b.visit("/ui/runs?state=failed&flow=bad")
	b.asks(`a[href*="do=retry"]`, "Retry 3 runs?")
	b.says("Retry: 3 runs done")
	for _, r := range site.Runs("bad") {
		if len(r.Journal) != 1 || r.Journal[0].By != "dana" {
			t.Errorf("the journal of run %s is %+v", r.ID, r.Journal)
		}
	}
}

// Files that are dropped into the page meet the flows, and nothing of them stays.
func TestTesterOnPage(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	site.Flow("named", "triggers: [{Modality: CT, PatientID: QX}]\nmodels: [{image: any}]\n")
	site.Flow("other", "triggers: [{Modality: MR}]\nmodels: [{image: any}]\n")
	site.Start()
	object := testenv.Write(t, testenv.Series(1)...)
	text := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(text, []byte("not DICOM"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := open(t, site)
	b.visit("/ui/test")
	b.do(chromedp.SetUploadFiles(`input[type=file]`, append(object, text)))
	b.says("1 object, taken for one arrival", "matched, 1 of 1 object", "Modality was `CT`; `MR` does not match it", "Not DICOM: notes.txt")
	if page := b.text(); strings.Contains(page, testenv.PatientID) {
		t.Errorf("the page names the patient:\n%s", page)
	}
	if all := site.Arrivals(); len(all) != 0 {
		t.Errorf("the tester made %d arrivals", len(all))
	}

	var form bytes.Buffer
	writer := multipart.NewWriter(&form)
	for n := range 5001 {
		part, err := writer.CreateFormFile("files", fmt.Sprintf("%d.dcm", n))
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(object[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	mentions(t, answered(t, http.StatusBadRequest)(http.Post(site.HTTP()+"/ui/test", writer.FormDataContentType(), &form)), "there are more than 5000")
}
