package api_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/retain"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

type forecast struct {
	says  retain.Forecast
	err   error
	asked int
}

func (f *forecast) Forecast(_ context.Context, most int) (retain.Forecast, error) {
	f.asked = most
	return f.says, f.err
}

func TestRetention(t *testing.T) {
	noon := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	says := &forecast{says: retain.Forecast{
		Limits:  retain.Limits{Files: 168 * time.Hour},
		Reserve: 10,
		Free:    15,
		Short:   true,
		Going: []retain.Going{
			{Kind: "run", ID: "r", State: "done", Ended: noon, Files: retain.Fate{Removed: noon, Due: noon}, Logs: retain.Fate{Due: noon}, Rows: retain.Fate{Due: noon}},
			{Kind: "arrival", ID: "a", State: "incomplete", Bytes: 7, Why: "the arrival is incomplete"},
		},
	}}
	handler := api.New(api.Sources{Retention: says, Logger: hclog.NewNullLogger()}).Handler()
	var got bytes.Buffer
	answer(t, &got, handler, "/v1/retention?limit=2")
	want := `GET /v1/retention?limit=2: 200
{
  "files": "168h",
  "logs": "0s",
  "runs": "0s",
  "files_min": "0s",
  "reserve_bytes": 10,
  "free_bytes": 15,
  "short": true,
  "going": [
    {
      "id": "r",
      "state": "done",
      "kind": "run",
      "ended": "2024-02-29T12:00:00Z",
      "files_removed": "2024-02-29T12:00:00Z",
      "logs_due": "2024-02-29T12:00:00Z",
      "rows_due": "2024-02-29T12:00:00Z"
    },
    {
      "id": "a",
      "state": "incomplete",
      "kind": "arrival",
      "bytes": 7,
      "why": "the arrival is incomplete"
    }
  ]
}
`
	if diff := cmp.Diff(want, got.String()); diff != "" || says.asked != 2 {
		t.Errorf("asked for %d; -want +got:\n%s", says.asked, diff)
	}
	for url, code := range map[string]int{"/v1/retention?limit=no": http.StatusBadRequest, "/v1/retention": http.StatusInternalServerError} {
		says.err = errors.New("disk is away")
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, url, nil))
		if recorder.Code != code {
			t.Errorf("%s: %d, want %d", url, recorder.Code, code)
		}
	}
}

// Who asks for logs that were removed learns when, and does not see an empty log.
func TestRemovedLogsAreNotEmpty(t *testing.T) {
	db, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	check(t, err)
	t.Cleanup(func() { check(t, db.Close()) })
	story := &scenario{t: t, db: db}
	story.tell()
	id := story.runs[2]
	found, err := db.Run(t.Context(), string(id))
	check(t, err)
	handler := api.New(api.Sources{DB: db, Logger: hclog.NewNullLogger(), Log: func(run.Attempt, string) string { return "" }}).Handler()
	ask := func() *httptest.ResponseRecorder {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/runs/"+string(id)+"/logs", nil))
		return recorder
	}
	if got := ask(); got.Code != http.StatusOK {
		t.Fatalf("before: %d %s", got.Code, got.Body)
	}
	if _, err := db.MarkLogs(t.Context(), found.Seq, time.Date(2024, 2, 29, 12, 0, 0, 0, time.Local), func(run.KeptRun) bool { return true }); err != nil {
		t.Fatal(err)
	}
	if got := ask(); got.Code != http.StatusNotFound || !strings.Contains(got.Body.String(), "removed on 2024-02-29 12:00:00") {
		t.Errorf("after: %d %s", got.Code, got.Body)
	}
}
