package cli

import (
	"net/http"
	"net/http/httptest"

	"github.com/rogpeppe/go-internal/testscript"
)

// hook is "hook NAME": it sets a variable to the URL of a webhook that takes everything.
func hook(ts *testscript.TestScript, _ bool, args []string) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	ts.Defer(server.Close)
	ts.Setenv(args[0], server.URL)
}
