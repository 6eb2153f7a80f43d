package e2e_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// A person logs in at the provider from the button of the login's page, sees what a
// viewer may see and no button that a viewer may not press, and logs out. What a page
// of another origin tries is refused by the browser or by the agent.
func TestLoginInABrowser(t *testing.T) {
	t.Parallel()
	site, at, _ := withProvider(t)
	site.Flow("copy", "triggers: [{Modality: CT}]\nmodels: [{image: any, options: {exit: 3}}]\n")
	testenv.Until(t, "the flow", func() (bool, string) {
		flows, err := site.Client().Flows(t.Context())
		return err == nil && len(flows) == 1, fmt.Sprint(flows, err)
	})
	site.Send(testenv.Write(t, testenv.Series(1)...)...)
	r := site.Ended("copy", run.Failed)
	page := "/ui/runs/" + string(r.ID)

	b := open(t, site, chromedp.Flag("ignore-certificate-errors", true))
	b.do(chromedp.Navigate(at + page))
	b.at("/login")
	b.do(chromedp.Click(`a[href^="/login/provider"]`), chromedp.WaitReady(`input[name=login]`),
		chromedp.SetValue(`input[name=login]`, "vera"), chromedp.SetValue(`input[name=password]`, "any"), chromedp.Click(`button[type=submit]`))
	b.until("the consent", `document.querySelector("input[name=prompt][value=consent]")`)
	b.do(chromedp.Click(`button[type=submit]`))
	b.at(page)
	b.says("vera", "viewer")
	b.quietOf("oidc", "favicon") // what the provider's pages make the browser say
	if n := eval[int](b, `document.querySelectorAll('a[href$="/retry"], a[href$="/cancel"], a[href$="/rerun"]').length`); n != 0 {
		t.Errorf("a viewer sees %d buttons", n)
	}
	if code := eval[int](b, fmt.Sprintf(`fetch(%q, {method: "POST"}).then(r => r.status)`, page+"/retry")); code != http.StatusForbidden {
		t.Errorf("a POST that a viewer makes up: %d", code)
	}
	b.quietOf("403")

	// Another origin: a frame, a stream, a form.
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, strings.NewReplacer("PAGE", at+page, "AT", at).Replace(otherPage))
	}))
	defer other.Close()
	b.do(chromedp.Navigate(other.URL))
	b.until("the stream to be refused", `document.body.dataset.stream === "refused"`)
	b.until("the post to be refused", `document.body.dataset.post === "refused"`)
	b.until("the frame to be refused", `document.body.dataset.frame === "loaded"`)
	if said := b.took(); !strings.Contains(said, "frame-ancestors") {
		t.Errorf("the browser does not refuse the frame: %s", said)
	}

	// An admin ends the login: the page asks for a new one.
	all, err := site.Client().Sessions(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	if _, err := site.Client().EndSession(t.Context(), all[0].ID); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.Navigate(at + page))
	b.at("/login")
	b.do(chromedp.Click(`a[href^="/login/provider"]`)) // the provider still knows her
	b.at(page)
	b.do(chromedp.Click(`form[action="/logout"] button`))
	b.at("/login")
	b.do(chromedp.Navigate(at + page))
	b.at("/login")
}

// otherPage tries what a page of another origin can.
const otherPage = `<!doctype html><body><main><script>
	const s = new EventSource("AT/v1/events", {withCredentials: true});
	s.onopen = () => document.body.dataset.stream = "open";
	s.onerror = () => document.body.dataset.stream = s.readyState === 2 ? "refused" : "lost";
	fetch("PAGE/retry", {method: "POST", credentials: "include"}).then(r => document.body.dataset.post = r.status, () => document.body.dataset.post = "refused");
	const f = document.createElement("iframe");
	f.onload = () => document.body.dataset.frame = "loaded";
	f.src = "AT/ui/";
	document.querySelector("main").append(f);
</script></main></body>`

// took returns what the browser complained of, and forgets it.
func (b *chromium) took() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	said := strings.Join(b.complain, "\n")
	b.complain = nil
	return said
}

// quietOf forgets complaints that have one of these words.
func (b *chromium) quietOf(words ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var kept []string
	for _, said := range b.complain {
		known := false
		for _, word := range words {
			known = known || strings.Contains(said, word)
		}
		if !known {
			kept = append(kept, said)
		}
	}
	b.complain = kept
}
