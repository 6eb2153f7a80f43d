package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/access/web"
	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/state"
)

// A fault of the agent is told apart from what a caller did: the answer has a
// reference alone, with which the log has the error, without names of files.
func TestFaults(t *testing.T) {
	const secret = "/data/DOE^JANE/1.2.840.113619.2.55"
	db, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	check(t, err)
	check(t, db.Close()) // no query succeeds any more
	var log bytes.Buffer
	server := api.New(api.Sources{
		DB: db, Logger: hclog.New(&hclog.LoggerOptions{Output: &log}),
		Copy: func(context.Context) (*os.File, error) {
			return nil, &fs.PathError{Op: "open", Path: secret, Err: syscall.EIO}
		},
	})
	for _, test := range []struct{ method, path, logged string }{
		{http.MethodGet, "/v1/runs", "closed"},
		{http.MethodGet, "/v1/runs/0b7c", "closed"},
		{http.MethodGet, "/v1/runs/0b7c/logs", "closed"},
		{http.MethodGet, "/v1/events?after=1", "closed"},
		{http.MethodPost, "/v1/runs/0b7c/cancel", "closed"},
		{http.MethodPost, "/v1/backup", "input/output error"},
	} {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			log.Reset()
			answer := httptest.NewRecorder()
			documented(t, server.Handler()).ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), test.method, test.path, nil))
			var p web.Problem
			check(t, json.Unmarshal(answer.Body.Bytes(), &p))
			if answer.Code != http.StatusInternalServerError || strings.Contains(p.Detail, test.logged) || strings.Contains(p.Detail, secret) {
				t.Errorf("%d %s", answer.Code, p.Detail)
			}
			reference := regexp.MustCompile(`reference ([0-9a-f]{8})$`).FindStringSubmatch(p.Detail)
			if reference == nil {
				t.Fatalf("no reference in %q", p.Detail)
			}
			if text := log.String(); !strings.Contains(text, "reference="+reference[1]) || !strings.Contains(text, test.logged) || strings.Contains(text, secret) {
				t.Errorf("the log has %s", text)
			}
		})
	}
}
