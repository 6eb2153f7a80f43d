package web

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/raddeploy/raddeploy/core/run"
)

// What is seen is recorded before it is shown, once while somebody looks; what is
// refused is recorded, and what anybody may see is not.
func TestWhatIsRecorded(t *testing.T) {
	g, db := required(t)
	viewer, id := token(t, db, run.Viewer, 0)
	admin, adminID := token(t, db, run.Admin, 0)
	before := len(journal(t, db))
	for range 3 {
		ask(t, g, http.MethodGet, "/v1/arrivals/a1", with(viewer))
		ask(t, g, http.MethodGet, "/v1/runs/b1/logs?follow=1", with(viewer))
		ask(t, g, http.MethodGet, "/v1/runs", with(viewer))
	}
	// a run by the interface, its page and the stream of its changes: one look
	for range 2 {
		for _, path := range []string{"/v1/runs/b1", "/ui/runs/b1", "/ui/runs/b1/live"} {
			ask(t, g, http.MethodGet, path, with(viewer))
		}
	}
	ask(t, g, http.MethodPost, "/v1/runs/search", with(viewer))
	ask(t, g, http.MethodGet, "/v1/arrivals/a1", with(admin))
	ask(t, g, http.MethodGet, "/ui/arrivals/a2/live", with(admin))
	ask(t, g, http.MethodGet, "/ui/arrivals/a2", with(admin))
	ask(t, g, http.MethodGet, "/v1/audit?by=anna", with(admin))
	ask(t, g, http.MethodGet, "/ui/audit/all", with(admin))
	ask(t, g, http.MethodGet, "/ui/audit", with(admin)) // changes alone
	if answer, _ := ask(t, g, http.MethodGet, "/ui/audit/all", with(viewer)); answer.Code != http.StatusForbidden {
		t.Errorf("the audit journal, to a viewer: %d", answer.Code)
	}
	ask(t, g, http.MethodPost, "/v1/flows/lung@1/disable", with(viewer))
	ask(t, g, http.MethodPost, "/v1/backup", with(admin))
	ask(t, g, http.MethodPost, "/v1/reload", with(viewer))
	ask(t, g, http.MethodGet, "/v1/audit", with(viewer))
	anna := run.Actor{Name: "anna", Address: "192.0.2.1", Token: id, Known: run.ByToken, Role: run.Viewer}
	boss := run.Actor{Name: "anna", Address: "192.0.2.1", Token: adminID, Known: run.ByToken, Role: run.Admin}
	want := []run.Entry{
		{Action: "get", Thing: "site", Detail: "the role is not enough", By: anna, Result: run.WasRefused},
		{Action: "reload", Thing: "site", Detail: "the role is not enough", By: anna, Result: run.WasRefused},
		{Action: "backup", Thing: "site", By: boss, Result: run.WasSeen},
		{Action: "disable", Thing: "flow", ID: "lung@1", Detail: "the role is not enough", By: anna, Result: run.WasRefused},
		{Action: "all", Thing: "site", Detail: "the role is not enough", By: anna, Result: run.WasRefused},
		{Action: "look", Thing: "site", Detail: "audit", By: boss, Result: run.WasSeen},
		{Action: "look", Thing: "arrival", ID: "a2", By: boss, Result: run.WasSeen},
		{Action: "look", Thing: "arrival", ID: "a1", By: boss, Result: run.WasSeen},
		{Action: "search", Thing: "site", By: anna, Result: run.WasSeen},
		{Action: "look", Thing: "run", ID: "b1", By: anna, Result: run.WasSeen},
		{Action: "look", Thing: "run", ID: "b1", Detail: "logs", By: anna, Result: run.WasSeen},
		{Action: "look", Thing: "arrival", ID: "a1", By: anna, Result: run.WasSeen},
	}
	got := journal(t, db)
	got = got[:len(got)-before]
	want[0].Action = "audit"
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(run.Entry{}, "Seq", "At")); diff != "" {
		t.Error(diff)
	}
}

// A change that its handler refuses is recorded as refused, and one that is done
// is left to who does it. A search that finds nothing is not refused.
func TestRefusalsOfHandlers(t *testing.T) {
	g, db := required(t)
	operator, _ := token(t, db, run.Operator, 0)
	before := len(journal(t, db))
	handler := g.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/ui/search":
			http.NotFound(w, r)
		case r.PathValue("id") == "b1":
			http.Error(w, "it has ended", http.StatusConflict)
		}
	}))
	for _, path := range []string{"/v1/runs/b1/cancel", "/v1/runs/b2/cancel", "/ui/search"} {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, nil)
		request.Host = "localhost"
		with(operator)(request)
		handler.ServeHTTP(httptest.NewRecorder(), request)
	}
	got := journal(t, db)
	got = got[:len(got)-before]
	if len(got) != 2 || got[0].Action != run.Search || got[0].Result != run.WasSeen {
		t.Fatalf("the journal has %+v, want a search that was seen, and a refusal", got)
	}
	if got = got[1:]; got[0].ID != "b1" || got[0].Action != run.Cancel || got[0].Result != run.WasRefused || got[0].Detail != "Conflict" || got[0].Thing != "run" {
		t.Errorf("the journal has %+v", got)
	}
}

// fullDisk records nothing.
type fullDisk struct{ Store }

func (fullDisk) Record(context.Context, run.Entry) error {
	return errors.New("no space left on device")
}

// What cannot be recorded is not shown.
func TestLooksThatCannotBeRecorded(t *testing.T) {
	g, db := required(t)
	g.TokenRequired = func() bool { return false }
	g.Store = fullDisk{db}
	if answer, who := ask(t, g, http.MethodGet, "/v1/arrivals/a1"); answer.Code != http.StatusInternalServerError || who.Role != "" {
		t.Errorf("%d", answer.Code)
	}
	if answer, _ := ask(t, g, http.MethodGet, "/v1/health"); answer.Code != http.StatusOK {
		t.Errorf("what needs no recording: %d", answer.Code)
	}
}

// Each route that shows something is one that there is.
func TestLooksAreRoutes(t *testing.T) {
	patterns := map[string]bool{}
	for _, r := range Routes {
		patterns[r.Pattern] = true
	}
	for _, l := range Looks {
		if !patterns[l] {
			t.Errorf("%s is not a route", l)
		}
	}
}

// A test message is recorded before it is sent, and not sent if it cannot be.
func TestNotifyTestsAreRecorded(t *testing.T) {
	g, db := required(t)
	secret, _ := token(t, db, run.Operator, 0)
	before := len(journal(t, db))
	ask(t, g, http.MethodPost, "/v1/notify/physicist/test", with(secret))
	if got := journal(t, db); len(got) != before+1 || got[0].Action != run.Test || got[0].Thing != "notify" || got[0].ID != "physicist" {
		t.Errorf("the journal has %+v", got[:len(got)-before])
	}
	g.Store = fullDisk{db}
	if answer, who := ask(t, g, http.MethodPost, "/v1/notify/physicist/test", with(secret)); answer.Code != http.StatusInternalServerError || who.Role != "" {
		t.Errorf("when it cannot be recorded: %d", answer.Code)
	}
}

// A look that could not be recorded is not taken for one that goes on.
func TestLooksThatCannotBeRecordedTwice(t *testing.T) {
	g, db := required(t)
	g.TokenRequired = func() bool { return false }
	g.Store = fullDisk{db}
	for range 2 {
		if answer, _ := ask(t, g, http.MethodGet, "/v1/arrivals/a1"); answer.Code != http.StatusInternalServerError {
			t.Errorf("%d", answer.Code)
		}
	}
	g.Store = db
	if answer, _ := ask(t, g, http.MethodGet, "/v1/arrivals/a1"); answer.Code != http.StatusOK || len(journal(t, db)) != 1 {
		t.Errorf("when it can be recorded: %d, and the journal has %+v", answer.Code, journal(t, db))
	}
}

// A check is recorded, wherever it is asked for.
func TestChecksAreRecorded(t *testing.T) {
	g, db := required(t)
	secret, _ := token(t, db, run.Operator, 0)
	for _, at := range []string{"/v1", "/ui"} {
		before := len(journal(t, db))
		ask(t, g, http.MethodPost, at+"/destinations/pacs/check", with(secret))
		if got := journal(t, db); len(got) != before+1 || got[0].Action != "check" || got[0].Thing != "destination" || got[0].ID != "pacs" {
			t.Errorf("%s: the journal has %+v", at, got[:len(got)-before])
		}
	}
}

// A thing that is asked for by the beginning of its id, as the pages' links do, is
// in the journal by the whole.
func TestLooksByTheBeginningOfAnID(t *testing.T) {
	g, db := required(t)
	secret, _ := token(t, db, run.Viewer, 0)
	const id = "0b7c1f8e-0000-4000-8000-000000000001"
	if err := db.OpenArrival(t.Context(), run.Arrival{ID: id, Opened: time.Now(), Rule: "association"}); err != nil {
		t.Fatal(err)
	}
	for _, asked := range []string{"0b7c1f8e", "0b7", id} {
		ask(t, g, http.MethodGet, "/ui/arrivals/"+asked, with(secret))
	}
	ask(t, g, http.MethodPost, "/v1/arrivals/0b7c/discard", with(secret))
	got := journal(t, db)
	if len(got) != 3 || got[0].Action != "discard" || got[0].ID != id || got[1].Action != run.Look || got[1].ID != id {
		t.Errorf("the journal has %+v, want one look and one refusal", got)
	}
}
