package api_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/access/web"
	"github.com/raddeploy/raddeploy/core/api/openapi"
)

// document is the description of the interface.
func document(t *testing.T) (*openapi3.T, routers.Router) {
	t.Helper()
	openapi3filter.RegisterBodyDecoder(web.ProblemType, openapi3filter.JSONBodyDecoder)
	doc, err := openapi3.NewLoader().LoadFromData(openapi.Document)
	check(t, err)
	router, err := gorillamux.NewRouter(doc)
	check(t, err)
	return doc, router
}

// documented holds what a handler answers to the document: its code, its type and
// its fields, of which none may be missing or unknown there.
func documented(t *testing.T, handler http.Handler) http.Handler {
	t.Helper()
	_, router := document(t)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		route, parameters, err := router.FindRoute(r)
		if err != nil {
			t.Errorf("%s %s is not in the document: %v", r.Method, r.URL.Path, err)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, r)
		asked := &openapi3filter.RequestValidationInput{Request: r, PathParams: parameters, Route: route}
		answer := &openapi3filter.ResponseValidationInput{
			RequestValidationInput: asked, Status: recorder.Code, Header: recorder.Header(),
			Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
		}
		if isJSON(recorder.Header()) && recorder.Code != http.StatusForbidden { // which another package answers
			answer.SetBodyBytes(recorder.Body.Bytes())
			if err := openapi3filter.ValidateResponse(r.Context(), answer); err != nil {
				t.Errorf("%s %s answers what the document does not say: %v", r.Method, r.URL.Path, err)
			}
		}
		maps.Copy(w.Header(), recorder.Header())
		w.WriteHeader(recorder.Code)
		_, _ = recorder.Body.WriteTo(w) // the test sees what is missing
	})
}

func isJSON(h http.Header) bool {
	kind := h.Get("Content-Type")
	return kind == "application/json" || kind == web.ProblemType
}

// The document has the routes that there are, and no others.
func TestDocumentHasEveryRoute(t *testing.T) {
	doc, _ := document(t)
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
