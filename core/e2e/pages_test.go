package e2e_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// mostPage is how large a page may be when it is opened, in bytes.
const mostPage = 100_000

// Each page of a site on which everything happens renders without a complaint of
// the browser and without a serious finding of axe-core, on a light and on a dark
// ground, at a desk and on a phone; and it is small.
func TestPages(t *testing.T) {
	t.Parallel()
	c := newCockpit(t)
	c.happens()
	running, failed, unsent := c.Runs("HeadNeck")[0], c.Runs("LungNodule")[0], c.Runs("Bone")[0]
	b := open(t, c.Site)
	for _, test := range []struct {
		path string
		says []string
	}{
		{"/ui/", []string{"Needs you", "out of memory", "CT_SIM2", "association broke off", "spine.yaml", "fold 2", "waits for a free GPU", "GPU 0 HeadNeck",
			"PACS_2", "connection refused", "Oldest undelivered"}},
		{"/ui/runs", []string{"HeadNeck 2.1", "Bone 1.0", "QX-7 GQ"}},
		{"/ui/runs?state=failed&since=24h", []string{"LungNodule 1.0", "Retry all of these"}},
		{"/ui/runs/" + string(running.ID), []string{"resample", "loading weights of fold 1", "12 objects", "trigger 1 selects 12 of 12 objects"}},
		{"/ui/runs/" + string(failed.ID), []string{"out of memory", "owner ai group", "Retry from here"}},
		{"/ui/runs/" + string(unsent.ID), []string{"0 of 4 objects", "connection refused"}},
		{"/ui/runs/" + string(running.ID) + "/cancel", []string{"Nothing more of it is started or sent"}},
		{"/ui/bulk?do=retry&state=failed", []string{"Retry 1 run"}},
		{"/ui/arrivals", []string{"incomplete", "SCANNER"}},
		{"/ui/arrivals/" + string(running.Arrival), []string{"SeriesDescription was `Head^RT`; `Bone` does not match it (1 of 2 patterns fit)"}},
		{"/ui/flows", []string{"HeadNeck 2.1", "registry/fold:2", "Its models run and nothing is sent", "spine.yaml"}},
		{"/ui/flows/HeadNeck@2.1", []string{"Newest runs", "owner physics"}},
		{"/ui/executors", []string{"gpu-box", "GPU 1 HeadNeck"}},
		{"/ui/network", []string{"CT_SIM2", "never seen", "PACS_2"}},
		{"/ui/audit", []string{"Nobody has done anything yet"}},
		{"/ui/test", []string{"dropped here or chosen"}},
	} {
		b.visit(test.path)
		b.says(test.says...)
		b.accessible(test.path)
		if size := len(get(t, c.Site, test.path, http.StatusOK)); size > mostPage {
			t.Errorf("%s has %d bytes, want at most %d", test.path, size, mostPage)
		}
	}
	b.dark()
	b.do(chromedp.EmulateViewport(390, 844))
	for _, path := range []string{"/ui/", "/ui/runs/" + string(running.ID), "/ui/arrivals/" + string(running.Arrival)} {
		b.visit(path)
		b.accessible(path + " in the dark, on a phone")
		if wide := eval[int](b, "document.documentElement.scrollWidth"); wide > 390 {
			t.Errorf("%s is %d wide on a phone of 390", path, wide)
		}
	}
}

func (b *chromium) dark() {
	b.t.Helper()
	if _, err := chromedp.Call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}},
	}); err != nil {
		b.t.Fatal(err)
	}
}

// get asks the agent of a site for a page without a browser.
func get(t *testing.T, site *testenv.Site, path string, code int) string {
	t.Helper()
	return answered(t, code)(http.DefaultClient.Get(site.HTTP() + path))
}

// answered reads an answer that has to have a code.
func answered(t *testing.T, code int) func(*http.Response, error) string {
	return func(answer *http.Response, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != code {
			t.Fatalf("%s: %s, want %d (%v)\n%.500s", answer.Request.URL, answer.Status, code, err, text)
		}
		return string(text)
	}
}

// With the keyboard alone somebody finds a run, cancels it, and reads who did it.
func TestPagesByKeyboard(t *testing.T) {
	t.Parallel()
	c := newCockpit(t)
	c.sends("Head^RT", "CT", 2)
	r := c.Run("HeadNeck", "running two folds", testenv.Running(2))
	b := open(t, c.Site)
	b.visit("/ui/")
	for _, key := range []struct{ keys, path string }{{"ga", "/ui/arrivals"}, {"gf", "/ui/flows"}, {"ge", "/ui/executors"}, {"gn", "/ui/"}, {"gr", "/ui/runs"}} {
		b.keys(strings.Split(key.keys, "")...)
		b.at(key.path)
	}
	b.keys("?")
	b.until("the list of keys", `document.querySelector("dialog[open]")?.innerText.includes("next and previous row")`)
	b.keys(kb.Escape)
	b.until("it to close", `!document.querySelector("dialog[open]")`)
	b.keys("j")
	b.until("a row to be chosen", `document.querySelector("tr.chosen")`)
	b.keys(kb.Enter)
	b.at("/ui/runs/" + string(r.ID)[:8])
	b.keys("/")
	b.until("the search to have the focus", `document.activeElement.matches(".search")`)
	b.keys(kb.Escape)
	b.presses(`a[href$="/cancel"]`)
	b.until("the question", `document.querySelector("dialog[open]")?.innerText.includes("stopped, gently")`)
	b.accessible("the question")
	b.do(chromedp.SendKeys(`dialog input[name=by]`, "dana"))
	b.keys(kb.Enter)
	b.at("/ui/runs/" + string(r.ID))
	b.says("Cancel: done", "canceled by dana")
	if r := c.Ended("HeadNeck", run.Canceled); len(r.Journal) != 1 || r.Journal[0].By != "dana" {
		t.Errorf("the journal of the run is %+v", r.Journal)
	}
	b.keys(kb.Tab)
	if focused := eval[string](b, `getComputedStyle(document.activeElement).outlineStyle`); focused == "none" {
		t.Error("the focus is not visible")
	}
}

// A run's page shows without a reload how its graph changes, and what its tasks
// print.
func TestRunMovesOnItsPage(t *testing.T) {
	t.Parallel()
	c := newCockpit(t)
	b := open(t, c.Site)
	b.visit("/ui/runs")
	b.says("No run yet")
	b.do(chromedp.Evaluate[chromedp.Void]("window.stays = true"))
	c.sends("Head^RT", "CT", 2)
	r := c.Run("HeadNeck", "running two folds", testenv.Running(2))
	b.says("HeadNeck 2.1") // the list got a row
	b.until("the same document", "window.stays")

	b.visit("/ui/runs/" + string(r.ID))
	b.do(chromedp.Evaluate[chromedp.Void]("window.stays = true"))
	b.until("fold 0 to run", `document.querySelector("#dag-task-1.n-running")`)
	color := `getComputedStyle(document.querySelector("#dag-task-1 rect")).stroke`
	before := eval[string](b, color)
	b.says("loading weights of fold 0")
	b.do(chromedp.SendKeys("#logfilter", "PATCH"))
	b.until("the filter to leave one line", `[...document.querySelectorAll("#loglines div")].filter(e => e.offsetParent).length === 1`)
	c.ends(r, 1)
	c.ends(r, 2)
	b.until("fold 0 to be done", `document.querySelector("#dag-task-1.n-done")`)
	if after := eval[string](b, color); after == before {
		t.Errorf("fold 0 is done and still drawn in %s", after)
	}
	r = c.Run("HeadNeck", "running the third fold", testenv.Running(1))
	c.ends(r, 3)
	b.until("PACS to have it", `document.querySelector("[id^=dag-delivery].n-done, [id^=dag-delivery].n-held")`)
	if got := eval[string](b, `document.querySelector("#logfilter").value`); got != "PATCH" {
		t.Errorf("what was typed is %q after the changes", got)
	}
	b.until("the same document", "window.stays")
	mentions(t, get(t, c.Site, "/ui/runs/"+string(r.ID)+"/log", http.StatusOK), "fold 1  stderr  low memory")
}

// When the agent is gone a page says so, and since when.
func TestPageSaysThatItsStreamIsLost(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	site.Start()
	b := open(t, site)
	b.visit("/ui/")
	site.Stop()
	b.says("The agent has not answered since")
}

// Forms serve a browser without scripts, and nobody on another origin.
func TestPagesWithoutScript(t *testing.T) {
	t.Parallel()
	c := newCockpit(t)
	held := c.holds()
	at := "/ui/arrivals/" + string(held.ID)
	mentions(t, get(t, c.Site, at+"/release", http.StatusOK), `<form id="confirm" method="post" action="`+at+`/release">`)
	jar, _ := cookiejar.New(nil) // what was done is said to who did it
	browser := &http.Client{Jar: jar}
	post := func(origin string, code int) string {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.HTTP()+at+"/release", strings.NewReader(url.Values{"by": {"dana"}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", origin)
		return answered(t, code)(browser.Do(request))
	}
	post("http://evil.example", http.StatusForbidden)
	if a := c.Arrival(1, run.ArrivalIncomplete); len(a.Journal) != 0 {
		t.Errorf("another origin released the arrival: %+v", a.Journal)
	}
	mentions(t, post(c.HTTP(), http.StatusOK), "Release: done", "dana")
	c.Run("Bone", "made", func(api.Run) bool { return true })
	get(t, c.Site, "/", http.StatusOK) // it leads to the pages
	get(t, c.Site, "/ui/runs/nothing", http.StatusNotFound)
	get(t, c.Site, "/ui/runs?since=yesterday", http.StatusBadRequest)
	get(t, c.Site, "/ui/static/..%2f..%2fpages.go", http.StatusNotFound)
	get(t, c.Site, "/ui/live?page="+url.QueryEscape("//evil.example/ui/"), http.StatusBadRequest)
	get(t, c.Site, "/ui/live?page="+url.QueryEscape(at), http.StatusForbidden) // its own stream records who looks
	get(t, c.Site, "/ui/live?page=/ui/nothing", http.StatusNotFound)
	get(t, c.Site, "/ui/flows/Bone@1.0/cancel", http.StatusNotFound)
	answered(t, http.StatusNotFound)(http.PostForm(c.HTTP()+"/ui/flows/Bone@1.0/cancel", nil))
	answer, err := http.Get(c.HTTP() + "/ui/")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
		"X-Content-Type-Options":  "nosniff",
	} {
		if got := answer.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for name, most := range map[string]int{"app.js": 15_000, "style.css": 10_000} {
		if size := len(get(t, c.Site, "/ui/static/"+name, http.StatusOK)); size > most {
			t.Errorf("%s has %d bytes, want at most %d", name, size, most)
		}
	}
}
