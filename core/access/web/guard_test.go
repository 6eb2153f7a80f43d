package web

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/raddeploy/raddeploy/core/run"
)

func TestWhoIsOnTheContext(t *testing.T) {
	var who run.Actor
	mux := NewMux()
	mux.HandleFunc("GET /v1/status", func(_ http.ResponseWriter, r *http.Request) { who = Who(r) })
	answer := httptest.NewRecorder()
	(&Guard{}).Handler(mux).ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/status", nil))
	if want := (run.Actor{Address: "192.0.2.1", Known: run.Anonymous, Role: run.Admin}); who != want || answer.Code != http.StatusOK {
		t.Errorf("%d, who asks is %+v, want %+v", answer.Code, who, want)
	}
}

// What is in no row is served to nobody, whatever has been registered behind the
// guard.
func TestRoutesWithoutARow(t *testing.T) {
	served := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("served") })
	for _, test := range []struct {
		method, url string
		code        int
	}{
		{"GET", "/v1/patients", http.StatusNotFound},
		{"GET", "/", http.StatusNotFound},
		{"DELETE", "/v1/status", http.StatusMethodNotAllowed},
		{"GET", "/v1/runs/1/cancel", http.StatusMethodNotAllowed},
	} {
		answer := httptest.NewRecorder()
		(&Guard{}).Handler(served).ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), test.method, test.url, nil))
		if answer.Code != test.code {
			t.Errorf("%s %s: %d, want %d", test.method, test.url, answer.Code, test.code)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a route without a row was registered")
		}
	}()
	NewMux().HandleFunc("GET /v1/patients", func(http.ResponseWriter, *http.Request) {})
}

func TestRoles(t *testing.T) {
	for _, test := range []struct {
		has, needed run.Role
		may         bool
	}{
		{run.Viewer, run.Viewer, true},
		{run.Viewer, run.Operator, false},
		{run.Operator, run.Viewer, true},
		{run.Operator, run.Admin, false},
		{run.Admin, run.Operator, true},
		{"", run.Viewer, false},
		{"root", run.Viewer, false},
		{run.Admin, "", false},
	} {
		if got := test.has.May(test.needed); got != test.may {
			t.Errorf("%q may what %q may: %v", test.has, test.needed, got)
		}
	}
}
