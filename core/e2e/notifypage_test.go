package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// Whom the site tells of what, whether it reaches them, and the newest messages stand on
// the page of the network, where a test is sent by the keyboard.
func TestNotifyOnItsPage(t *testing.T) {
	t.Parallel()
	taken := make(chan run.MessageContent, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m run.MessageContent
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			t.Error(err)
		}
		taken <- m
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(hook.Close)
	site := programs.NewSite(t, testenv.Fake(1))
	b := open(t, site)
	site.Flow("lungs", failingFlow)
	site.Start()
	b.visit("/ui/network")
	b.says("Nobody is told")
	b.accessible("/ui/network without notify blocks")

	const quiet = "notify \"<b>quiet\" {\n flows = [\"other-*\"]\n email {\n to = [\"ada@example.org\"]\n owner = true\n from = \"r@example.org\"\n host = \"127.0.0.1\"\n port = 1\n tls = \"none\"\n}\n}\n"
	site.Settings(testenv.Fake(1), "notify \"oncall\" {\n window = \"0s\"\n webhook {\n url = \""+hook.URL+"\"\n}\n}\n"+
		"notify \"shut\" {\n window = \"0s\"\n webhook {\n url = \"http://127.0.0.1:1/secret\"\n}\n}\n"+quiet)
	if code, out := cli(t, site, "reload"); code != 0 {
		t.Fatal(out)
	}
	notifyReady(t, site)
	site.Send(testenv.Write(t, testenv.Object{})...)
	site.Ended("lungs", run.Failed)
	if m := <-taken; m.Kind != "events" {
		t.Errorf("told: %+v", m)
	}
	testenv.Until(t, "what the blocks are", func() (bool, string) {
		all, err := site.Client().NotifyBlocks(t.Context())
		states := map[string]api.NotifyBlock{}
		for _, one := range all {
			states[one.ID] = one
		}
		shut := states["shut"]
		return err == nil && states["oncall"].State == "ok" && states["<b>quiet"].State == "unused" &&
			shut.State == "failed" && shut.Waiting == 1 && shut.NextTry != nil && shut.Reason != "", fmt.Sprintf("%+v", all)
	})

	b.visit("/ui/network")
	b.says("oncall", "webhook at "+hook.Listener.Addr().String(), "failed, held, recovered", "all flows, and the site", "taken", "shut", "connection refused", "next try",
		"<b>quiet", "ada@example.org, and the flow's owner", "flows other-*", "nothing was told lately", "Newest messages", "flow lungs failed")
	b.accessible("/ui/network")
	b.presses(`a[href$="/oncall/test"]`)
	b.until("the question", `document.querySelector("dialog[open]")?.innerText.includes("sent to each recipient")`)
	b.do(chromedp.SendKeys(`dialog input[name=by]`, "dana"))
	b.keys(kb.Enter)
	b.says("Test of oncall", "taken by")
	b.accessible("what came of a test")
	if m := <-taken; m.Kind != "test" {
		t.Errorf("sent: %+v", m)
	}
	b.visit("/ui/notify/shut/test")
	b.says("Test what shut is told by?")
	get(t, site, "/ui/notify/nobody/test", http.StatusNotFound)
}
