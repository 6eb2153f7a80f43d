package ui

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/flowfile"
)

// asked has pages about nothing answer a request.
func asked(t *testing.T, request *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	pages := New(api.New(api.Sources{Logger: hclog.NewNullLogger()}), func() []*flowfile.Loaded { return nil }, hclog.NewNullLogger())
	answer := httptest.NewRecorder()
	pages.Handler().ServeHTTP(answer, request)
	return answer
}

// A state that there is not is a mistake of who asks, and no fault.
func TestUnknownStates(t *testing.T) {
	for _, page := range []string{"/ui/runs?state=lost", "/ui/runs?state=%00", "/ui/arrivals?state=failed"} {
		if answer := asked(t, httptest.NewRequest(http.MethodGet, page, nil)); answer.Code != http.StatusBadRequest || !strings.Contains(answer.Body.String(), "is unknown") {
			t.Errorf("%s: %d\n%s", page, answer.Code, answer.Body)
		}
	}
}

// Files that are not DICOM are bounded as those that are, for their names are kept.
func TestTesterTakesSoManyFiles(t *testing.T) {
	for n, code := range map[int]int{mostFiles: http.StatusOK, mostFiles + 1: http.StatusBadRequest} {
		var form bytes.Buffer
		parts := multipart.NewWriter(&form)
		for range n {
			if _, err := parts.CreateFormFile("files", strings.Repeat("n", 1000)); err != nil {
				t.Fatal(err)
			}
		}
		parts.Close()
		request := httptest.NewRequest(http.MethodPost, "/ui/test", &form)
		request.Header.Set("Content-Type", parts.FormDataContentType())
		answer := asked(t, request)
		if answer.Code != code || strings.Contains(answer.Body.String(), strings.Repeat("n", longestName)) {
			t.Errorf("%d files: %d, want %d\n%.3000s", n, answer.Code, code, answer.Body)
		}
	}
}
