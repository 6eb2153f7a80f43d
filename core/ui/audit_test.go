package ui

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/access/web"
	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/run"
	database "github.com/raddeploy/raddeploy/core/state"
)

// Everybody sees changes, and admins looks and refusals, too, on a page of its own.
func TestAuditPages(t *testing.T) {
	db, err := database.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, e := range []run.Entry{
		{Action: "cancel", ID: "changed", Result: run.WasDone}, {Action: "look", ID: "looked", Result: run.WasSeen},
		{Action: "discard", ID: "<b>refused", Result: run.WasRefused},
	} {
		e.At, e.Thing, e.By = time.Now(), "run", run.Actor{Name: "anna", Known: run.ByToken}
		if err := db.Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	pages := New(api.New(api.Sources{DB: db, Logger: hclog.NewNullLogger()}), nil, hclog.NewNullLogger()).Handler()
	const link = `href="/ui/audit/all"`
	for _, test := range []struct {
		path        string
		role        run.Role
		has, hasNot []string
	}{
		{"/ui/audit", run.Operator, []string{"changed"}, []string{"looked", "refused", link}},
		{"/ui/audit?result=seen", run.Admin, []string{"changed", link}, []string{"looked"}},
		{"/ui/audit/all", run.Admin, []string{"changed", "looked", "&lt;b&gt;refu"}, []string{"<b>refu", "data-live"}},
		{"/ui/audit/all?result=refused", run.Admin, []string{"&lt;b&gt;refu"}, []string{"changed", "looked"}},
	} {
		request := httptest.NewRequest(http.MethodGet, test.path, nil)
		answer := httptest.NewRecorder()
		pages.ServeHTTP(answer, request.WithContext(web.With(t.Context(), run.Actor{Name: "boss", Known: run.ByToken, Role: test.role})))
		for i, all := range [][]string{test.has, test.hasNot} {
			for _, text := range all {
				if strings.Contains(answer.Body.String(), text) != (i == 0) {
					t.Errorf("%s of the role %s: %q is there: %v\n%s", test.path, test.role, text, i != 0, answer.Body)
				}
			}
		}
	}
}
