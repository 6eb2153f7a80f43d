package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/access/web"
	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/operate"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
	"github.com/raddeploy/raddeploy/core/state"
)

// acting is a server on the scenario's database, and the run of it that waits.
func acting(t *testing.T) (*api.Server, *scenario) {
	t.Helper()
	dir := t.TempDir()
	db, err := state.Open(t.Context(), filepath.Join(dir, "state.db"))
	check(t, err)
	t.Cleanup(func() { check(t, db.Close()) })
	files, err := spool.Open(dir)
	check(t, err)
	story := &scenario{t: t, db: db}
	story.tell()
	nothing := func() {}
	operator := &operate.Operator{
		Store: db, Spool: files, Match: nothing, Schedule: nothing, Deliver: nothing, Stop: func(...int64) {},
		Executors: func() []string { return []string{"docker"} }, Logger: hclog.NewNullLogger(),
		Destinations: func() config.Destinations { return nil },
	}
	return api.New(api.Sources{DB: db, Operator: operator, Doing: func(run.AttemptID) string { return "" }, Logger: hclog.NewNullLogger()}), story
}

// post asks for an action, with headers given as name and value.
func post(t *testing.T, s *api.Server, url, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	documented(t, s.Handler()).ServeHTTP(recorder, request)
	return recorder
}

// Who asks is in the journal, as the request says and where it came from.
func TestActionsAreInTheJournal(t *testing.T) {
	s, story := acting(t)
	waiting := string(story.runs[0])
	answer := post(t, s, "/v1/runs/"+waiting[:8]+"/cancel", `{"by":"anna"}`)
	var r api.Run
	check(t, json.Unmarshal(answer.Body.Bytes(), &r))
	if answer.Code != http.StatusOK || r.State != run.Canceled || r.Reason != "canceled by anna" {
		t.Errorf("%d %+v", answer.Code, r)
	}
	incomplete := string(story.arrivals[1])
	if answer := post(t, s, "/v1/arrivals/"+incomplete+"/release", ""); answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), "released by 192.0.2.1") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	recorder := httptest.NewRecorder()
	s.Handler().ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/journal", nil))
	var entries []api.Entry
	check(t, json.Unmarshal(recorder.Body.Bytes(), &entries))
	if len(entries) != 2 || entries[0].Action != run.Release || entries[0].By != "" || entries[0].Address != "192.0.2.1" ||
		entries[1].Action != run.Cancel || entries[1].By != "anna" || entries[1].Of != waiting {
		t.Errorf("the journal has %+v", entries)
	}
}

// What is wrong about a request changes nothing.
func TestActionsThatAreRefused(t *testing.T) {
	s, story := acting(t)
	waiting, done := "/v1/runs/"+string(story.runs[0]), "/v1/runs/"+string(story.runs[2])
	for _, test := range []struct {
		name, url, body string
		headers         []string
		code            int
		text            string
	}{
		{"no JSON", waiting + "/cancel", "anna", nil, 400, "order: "},
		{"an unknown field", waiting + "/cancel", `{"who":"anna"}`, nil, 400, `unknown field`},
		{"a name of two lines", waiting + "/cancel", `{"by":"anna\nberta"}`, nil, 400, "printable"},
		{"a long name", waiting + "/cancel", `{"by":"` + strings.Repeat("a", 65) + `"}`, nil, 400, "64"},
		{"a long reason", waiting + "/discard", `{"reason":"` + strings.Repeat("a", 501) + `"}`, nil, 400, "500"},
		{"a page of another site", waiting + "/cancel", "", []string{"Origin", "https://example.org", "Sec-Fetch-Site", "cross-site"}, 403, ""},
		{"a run that is not there", "/v1/runs/ffff/cancel", "", nil, 404, "not found"},
		{"a run that has ended", done + "/cancel", "", nil, 409, "cannot go from done to canceled"},
		{"a rerun without a flow", waiting + "/rerun", "", nil, 400, "flow"},
		{"an executor that is not there", "/v1/executors/slurm/drain", "", nil, 404, "docker"},
	} {
		t.Run(test.name, func(t *testing.T) {
			answer := post(t, s, test.url, test.body, test.headers...)
			if answer.Code != test.code || !strings.Contains(answer.Body.String(), test.text) {
				t.Errorf("%d %s, want %d", answer.Code, answer.Body, test.code)
			}
		})
	}
	entries, err := story.db.Journal(t.Context(), state.EntryFilter{Part: state.Part{AtMost: 9}})
	check(t, err)
	if r, err := story.db.Run(t.Context(), string(story.runs[0])); err != nil || r.State != run.Pending || len(entries) > 0 {
		t.Errorf("run %s, %d entries, %v", r.State, len(entries), err)
	}
}

// A request says who asks only where nothing else does.
func TestNamesThatRequestsSay(t *testing.T) {
	for known, want := range map[run.Known]string{run.Anonymous: "root", run.BySocket: "", run.ByToken: "", run.ByLogin: ""} {
		request := httptest.NewRequest(http.MethodPost, "/v1/reload", nil)
		if got := api.ActorOf(request.WithContext(web.With(t.Context(), run.Actor{Known: known})), "root"); got.Name != want {
			t.Errorf("known by %s: %q, want %q", known, got.Name, want)
		}
	}
}
