package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testapi"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// judged is an agent behind a proxy that holds each request and answer to the
// OpenAPI document.
type judged struct {
	t      *testing.T
	site   *testenv.Site
	judge  *testapi.Judge
	client *api.Client
}

// judge puts a proxy before a site's agent. Requests with a token go to its address,
// and others, which are the agent's own user's, to its socket.
func judge(t *testing.T, site *testenv.Site) *judged {
	t.Helper()
	j := &judged{t: t, site: site, judge: testapi.New(t)}
	target, err := url.Parse(site.HTTP())
	if err != nil {
		t.Fatal(err)
	}
	socket := strings.TrimPrefix(site.Client().Address, "unix://")
	overSocket := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	proxy := &httputil.ReverseProxy{
		FlushInterval: -1,
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("Authorization") != "" {
				return http.DefaultTransport.RoundTrip(r)
			}
			return overSocket.RoundTrip(r)
		}),
	}
	listening := httptest.NewServer(j.judge.Handler(proxy))
	t.Cleanup(listening.Close)
	j.client = &api.Client{Address: listening.URL}
	return j
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// cli runs a command, which must end with a code.
func (j *judged) cli(want int, args ...string) string {
	j.t.Helper()
	command := exec.CommandContext(j.t.Context(), programs.Agent, append(args, "-address", j.client.Address)...)
	output, _ := command.CombinedOutput() // the code says it
	if code := command.ProcessState.ExitCode(); code != want {
		j.t.Errorf("raddeploy %s: exit code %d, want %d\n%s", strings.Join(args, " "), code, want, output)
	}
	return string(output)
}

// ask sends a request as it is, and returns the code of the answer.
func (j *judged) ask(method, path, body, token string) int {
	j.t.Helper()
	request, err := http.NewRequestWithContext(j.t.Context(), method, j.client.Address+path, strings.NewReader(body))
	if err != nil {
		j.t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		j.t.Fatal(err)
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		j.t.Errorf("%s %s: %v", method, path, err)
	}
	return answer.StatusCode
}

// unreached says why this scenario has no answer of a class.
func unreached(class string) string {
	if strings.HasSuffix(class, " 5XX") {
		return "only a fault of the agent is answered so, which TestFaults and TestHealth of core/api make"
	}
	return map[string]string{
		"GET /v1/arrivals/{id}/pictures/{series}/{slice} 2XX": "TestPictures of core/api draws, and holds it to the document",
		"GET /v1/runs/{id}/pictures/{series}/{slice} 2XX":     "the same",
		"POST /v1/sessions/{id}/end 2XX":                      "it takes a browser: TestLoginInABrowser",
		"POST /v1/notify/{id}/test 2XX":                       "it takes a mail server: TestNotifyByEmail",
		"POST /v1/runs/{id}/release 2XX":                      "nothing holds a run yet",
		"POST /v1/runs/{id}/discard 2XX":                      "nothing holds a run yet",
	}[class]
}

// Everything that is asked of an agent, and answered, over a day's work is what the
// OpenAPI document says: arrivals, runs that are done, failed, canceled, every
// action, every kind of error, events, tokens, the journal.
func TestAPIAsDocumented(t *testing.T) {
	t.Parallel()
	archive := testenv.Storescp(t)
	site := programs.NewSite(t, testenv.Fake(4), fmt.Sprintf("http { require_token = true }\ndestination \"pacs\" {\n host = \"127.0.0.1\"\n port = %d\n ae_title = \"STORESCP\"\n}", archive.Port))
	site.Flow("copy", copiesTo("pacs"))
	site.Flow("bad", "triggers: [{Modality: CT}]\nmodels: [{name: seg, image: any, timeout: 90, environment: {MODE: fast}, options: {exit: 3}}]\n")
	site.Flow("slow", "triggers: [{Modality: CT}]\nmodels: [{image: any, options: {hold: true}}]\n")
	site.Flow("broken", "models: 1\n")
	site.Start()
	j := judge(t, site)

	var events []api.Event
	followed, stop := context.WithCancel(t.Context())
	over := make(chan error, 1)
	go func() {
		over <- j.client.Events(followed, api.EventQuery{}, func(e api.Event) error {
			events = append(events, e)
			return nil
		})
	}()
	site.Send(testenv.Write(t, testenv.Series(2)...)...)
	done, bad := site.Ended("copy", run.Done), site.Ended("bad", run.Failed)
	slow := site.Run("slow", "running", testenv.Running(1))
	j.reads(done, bad)
	j.acts(done, bad, slow)
	j.held()
	j.tokens()
	j.errors(done)
	stop()
	if err := <-over; err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("events: %v", err)
	}
	if len(events) < 10 || events[0].Kind != "ready" {
		t.Errorf("%d events came", len(events))
	}
	testenv.Until(t, "the stream of events to be judged", func() (bool, string) {
		return slices.Contains(j.judge.Reached(), "GET /v1/events 2XX"), "it is not"
	})
	reached := j.judge.Reached()
	for _, class := range j.judge.Documented() {
		switch why := unreached(class); {
		case slices.Contains(reached, class) && why != "":
			t.Errorf("%s is answered, and is listed as not reached", class)
		case !slices.Contains(reached, class) && why == "":
			t.Errorf("%s is documented, and nothing here is answered so", class)
		}
	}
}

// reads asks for everything that there is to see.
func (j *judged) reads(done, bad api.Run) {
	j.cli(1, "status") // a flow file is broken
	for _, args := range [][]string{
		{"arrivals"}, {"arrivals", "-state", "matched", "-since", "1h", "-n", "1"}, {"arrivals", string(done.Arrival)}, {"runs"},
		{"runs", "-state", "failed", "-flow", "bad", "-n", "1"}, {"runs", string(bad.ID)}, {"runs", string(done.ID), "-json"}, {"logs", string(done.ID)},
		{"explain", string(done.Arrival)}, {"flow", "list"}, {"flow", "show", "bad"}, {"flow", "show", "copy", "-json"}, {"peers"}, {"retention"}, {"plugin", "list"}, {"journal"},
	} {
		j.cli(0, args...)
	}
	for _, path := range []string{
		"/v1/openapi.json", "/v1/status", "/v1/health", "/v1/overview", "/v1/executors?state=healthy&limit=1", "/v1/executors/fake", "/v1/flows?state=live&state=broken",
		"/v1/flows?name=copy", "/v1/flows/bad", "/v1/tasks?state=succeeded&flow=copy", "/v1/notify?state=unused", "/v1/deliveries?state=sent&destination=pacs", "/v1/destinations?state=up", "/v1/peers?state=accepted",
		"/v1/commitments", "/v1/runs?sender=SCANNER&sort=oldest&until=0s", "/v1/runs/" + string(bad.ID) + "/logs?task=seg", "/v1/runs/" + string(done.ID) + "/src", "/v1/journal",
		"/v1/arrivals/" + string(done.Arrival) + "/pictures", "/v1/runs/" + string(done.ID) + "/pictures", "/v1/notifications", "/v1/sessions",
		"/v1/audit", "/v1/arrivals?state=matched&state=incomplete", "/v1/retention?limit=1", "/v1/tokens",
	} {
		if code := j.ask(http.MethodGet, path, "", ""); code != http.StatusOK {
			j.t.Errorf("GET %s: %d", path, code)
		}
	}
	if code := j.ask(http.MethodPost, "/v1/debug", "", ""); code != http.StatusOK {
		j.t.Errorf("debug: %d", code)
	}
	if code := j.ask(http.MethodPost, "/v1/runs/search", `{"state": ["done"], "study_date": "2020-01-01", "limit": 10}`, ""); code != http.StatusOK {
		j.t.Errorf("search: %d", code)
	}
}

// acts does everything to runs, flows and the site that can be done.
func (j *judged) acts(done, bad, slow api.Run) {
	j.cli(0, "cancel", string(slow.ID))
	j.site.Ended("slow", run.Canceled)
	j.cli(0, "drain", "fake")
	j.cli(0, "undrain", "fake")
	j.cli(0, "flow", "disable", "slow")
	j.cli(0, "flow", "enable", "slow")
	j.cli(0, "retry", string(bad.ID))
	j.cli(0, "resend", string(done.ID))
	for _, path := range []string{"/v1/runs/" + string(done.ID), "/v1/arrivals/" + string(done.Arrival)} {
		if code := j.ask(http.MethodPost, path+"/rerun", `{"flow": "copy"}`, ""); code != http.StatusOK {
			j.t.Errorf("rerun of %s: %d", path, code)
		}
	}
	j.cli(0, "destination", "check", "pacs")
	j.cli(0, "reload")
	j.cli(0, "backup", filepath.Join(j.t.TempDir(), "state.db"))
	j.cli(0, "audit", "-action", "cancel")
}

// held has two arrivals that broke off, of which one is released and one discarded.
func (j *judged) held() {
	var ids []string
	for n := range 2 {
		sender := testenv.Dial(j.t, j.site.DICOM())
		sender.MustStore(testenv.Series(1)...)
		sender.Abort()
		ids = append(ids, string(j.site.Arrival(n+2, run.ArrivalIncomplete).ID))
	}
	j.cli(0, "release", ids[0])
	j.cli(0, "discard", ids[1], "-reason", "sent twice")
}

// tokens makes one, has it refused what its role does not include, and revokes it.
func (j *judged) tokens() {
	made, err := j.client.CreateToken(j.t.Context(), api.TokenOrder{Name: "monitor", Role: run.Viewer, Expires: "1h"})
	if err != nil {
		j.t.Fatal(err)
	}
	j.cli(0, "token", "list")
	for path, want := range map[string]int{"/v1/runs": 200, "/v1/audit": 403} {
		if code := j.ask(http.MethodGet, path, "", made.Secret); code != want {
			j.t.Errorf("GET %s as a viewer: %d, want %d", path, code, want)
		}
	}
	if _, err := j.client.RevokeToken(j.t.Context(), made.ID); err != nil {
		j.t.Error(err)
	}
	if code := j.ask(http.MethodGet, "/v1/runs", "", made.Secret); code != http.StatusUnauthorized {
		j.t.Errorf("with a token that is revoked: %d", code)
	}
}

// errors makes every kind of error that a caller can make, and asks every route as
// nobody.
func (j *judged) errors(done api.Run) {
	id := "/v1/runs/" + string(done.ID)
	for _, wrong := range []struct {
		method, path, body string
		code               int
	}{
		{"GET", "/v1/runs?states=done", "", 400}, {"GET", "/v1/runs?patient=x", "", 400}, {"GET", "/v1/events?after=x", "", 400},
		{"POST", "/v1/runs/search", "{", 400}, {"POST", id + "/retry", "[]", 400}, {"POST", id + "/rerun", "", 400}, {"POST", "/v1/tokens", `{"role": "boss"}`, 400},
		{"GET", "/v1/runs/none", "", 404}, {"GET", "/v1/arrivals/none", "", 404}, {"GET", "/v1/flows/none", "", 404}, {"GET", "/v1/executors/none", "", 404},
		{"GET", id + "/logs?task=none", "", 404}, {"POST", id + "/resend", `{"to": "none"}`, 404}, {"POST", id + "/rerun", `{"flow": "none"}`, 404},
		{"POST", "/v1/destinations/none/check", "", 404}, {"POST", "/v1/tokens/none/revoke", "", 404}, {"POST", "/v1/executors/none/drain", "", 404},
		{"POST", id + "/release", "", 409}, {"POST", id + "/discard", "", 409}, {"POST", id + "/cancel", "", 409},
		{"POST", "/v1/arrivals/" + string(done.Arrival) + "/release", "", 409}, {"POST", "/v1/arrivals/" + string(done.Arrival) + "/discard", "", 409},
	} {
		if code := j.ask(wrong.method, wrong.path, wrong.body, ""); code != wrong.code {
			j.t.Errorf("%s %s %s: %d, want %d", wrong.method, wrong.path, wrong.body, code, wrong.code)
		}
	}
	j.site.Settings("executor \"fake\" {\n cpu = 4\n}")
	if code := j.ask(http.MethodPost, "/v1/reload", "", ""); code != http.StatusUnprocessableEntity {
		j.t.Errorf("reload of a configuration with a mistake: %d", code)
	}
	codes := map[int]bool{}
	for path, item := range j.judge.Document.Paths.Map() {
		for method := range item.Operations() {
			codes[j.ask(method, strings.ReplaceAll(path, "{id}", "none"), "", "rdt_wrong")] = true
		}
	}
	if !codes[401] || !codes[429] || len(codes) != 2 {
		j.t.Errorf("as nobody, the routes answer %v", codes)
	}
}
