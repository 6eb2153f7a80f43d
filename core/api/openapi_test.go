package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/access/web"
	"github.com/raddeploy/raddeploy/core/internal/testapi"
)

// documented holds what a handler is asked and answers to the document and to the
// style of the interface.
func documented(t *testing.T, handler http.Handler) http.Handler {
	t.Helper()
	return testapi.New(t).Handler(handler)
}

// The document has the routes that there are, and no others.
func TestDocumentHasEveryRoute(t *testing.T) {
	doc := testapi.New(t).Document
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("it is OpenAPI %s", doc.OpenAPI)
	}
	var want, got []string
	for _, route := range web.Routes {
		if _, path, _ := strings.Cut(route.Pattern, " "); strings.HasPrefix(path, "/v1/") {
			want = append(want, route.Pattern)
		}
	}
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			got = append(got, fmt.Sprint(method, " ", path))
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-routes +document)\n%s", diff)
	}
}
