package testapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/raddeploy/raddeploy/core/access/web"
	"github.com/raddeploy/raddeploy/core/api/openapi"
)

// Judge holds requests and answers to the document. It is made by [New].
type Judge struct {
	Document *openapi3.T
	t        testing.TB
	router   routers.Router
	mu       sync.Mutex
	reached  map[string]bool
}

// New returns a judge that tells a test what differs.
func New(t testing.TB) *Judge {
	t.Helper()
	openapi3filter.RegisterBodyDecoder(web.ProblemType, openapi3filter.JSONBodyDecoder)
	doc, err := openapi3.NewLoader().LoadFromData(openapi.Document)
	if err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return &Judge{Document: doc, t: t, router: router, reached: map[string]bool{}}
}

// Handler returns a handler that has next answer, and judges what it answers: its
// code, its type and its fields, of which none may be missing or unknown in the
// document. A request is judged too, unless it is refused.
func (j *Judge) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		route, parameters, err := j.router.FindRoute(r)
		if err != nil {
			j.t.Errorf("%s %s is not in the document: %v", r.Method, r.URL.Path, err)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			j.t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		seen := &seen{ResponseWriter: w, code: http.StatusOK}
		defer func() { // also after a proxy's panic, since who asked has left
			r.Body = io.NopCloser(bytes.NewReader(body))
			asked := &openapi3filter.RequestValidationInput{Request: r, PathParams: parameters, Route: route}
			j.judge(asked, seen, len(body) > 0)
		}()
		next.ServeHTTP(seen, r)
	})
}

func (j *Judge) judge(asked *openapi3filter.RequestValidationInput, seen *seen, hasBody bool) {
	r := asked.Request
	where := fmt.Sprintf("%s %s: %d", r.Method, r.URL.RequestURI(), seen.code)
	if r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/json") // the agent takes any body for that
	}
	class := fmt.Sprintf("%s %s %dXX", asked.Route.Method, asked.Route.Path, seen.code/100)
	j.mu.Lock()
	j.reached[class] = true
	j.mu.Unlock()
	ctx := context.WithoutCancel(r.Context())
	asked.Options = &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, ExcludeRequestBody: !hasBody}
	if seen.code < http.StatusBadRequest {
		if err := openapi3filter.ValidateRequest(ctx, asked); err != nil {
			j.t.Errorf("%s is an answer to what the document forbids: %v", where, err)
		}
	}
	kind, _, _ := strings.Cut(seen.Header().Get("Content-Type"), ";")
	answer := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: asked, Status: seen.code, Header: seen.Header(),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	}
	documented := asked.Route.Operation.Responses.Status(seen.code)
	switch {
	case documented == nil:
		j.t.Errorf("%s: the document has no such answer", where)
	case documented.Value.Content.Get(kind) == nil:
		j.t.Errorf("%s: the document has no answer of type %q", where, kind)
	case kind == "application/x-ndjson":
		j.lines(where, "LogLine", bytes.Split(seen.body.Bytes(), []byte("\n")))
	case kind == "text/event-stream":
		var all [][]byte
		for line := range bytes.Lines(seen.body.Bytes()) {
			if data, ok := bytes.CutPrefix(line, []byte("data: ")); ok && !bytes.HasPrefix(data, []byte("{}")) {
				all = append(all, bytes.TrimSuffix(data, []byte("\n")))
			}
		}
		j.lines(where, "Event", all)
	case isJSON(kind):
		answer.SetBodyBytes(seen.body.Bytes())
		if err := openapi3filter.ValidateResponse(ctx, answer); err != nil {
			j.t.Errorf("%s answers what the document does not say: %v", where, err)
		}
		j.style(where, seen.body.Bytes(), asked.Route.Path)
	}
}

// lines judges texts of JSON, each of which has a schema.
func (j *Judge) lines(where, schema string, all [][]byte) {
	for _, line := range all {
		var value any
		if len(line) == 0 {
			continue
		}
		if err := json.Unmarshal(line, &value); err != nil {
			j.t.Logf("%s: broken off at %q", where, line) // who asked left
			continue
		}
		if err := j.Document.Components.Schemas[schema].Value.VisitJSON(value); err != nil {
			j.t.Errorf("%s: a line is not what the document says: %v", where, err)
		}
		j.style(where, line, "")
	}
}

func (j *Judge) style(where string, text []byte, path string) {
	if path == "/v1/openapi.json" {
		return // it has the names of another standard
	}
	for _, wrong := range Style(text) {
		j.t.Errorf("%s: %s", where, wrong)
	}
}

// Reached returns each route that was asked for, with the class of what was
// answered, such as "GET /v1/runs 2XX", in order.
func (j *Judge) Reached() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var all []string
	for class := range j.reached {
		all = append(all, class)
	}
	slices.Sort(all)
	return all
}

// Documented returns each route of the document with each class of its answers.
func (j *Judge) Documented() []string {
	var all []string
	for path, item := range j.Document.Paths.Map() {
		for method, operation := range item.Operations() {
			for code := range operation.Responses.Map() {
				all = append(all, fmt.Sprintf("%s %s %cXX", method, path, code[0]))
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func isJSON(kind string) bool { return kind == "application/json" || kind == web.ProblemType }

// seen passes an answer on, and keeps it.
type seen struct {
	http.ResponseWriter
	code int
	body bytes.Buffer
}

func (s *seen) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

func (s *seen) Write(text []byte) (int, error) {
	if strings.HasPrefix(s.Header().Get("Content-Type"), "application/vnd.sqlite3") {
		return s.ResponseWriter.Write(text)
	}
	s.body.Write(text)
	return s.ResponseWriter.Write(text)
}

// Unwrap is for [http.ResponseController].
func (s *seen) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// Flush is for a handler that looks for it.
func (s *seen) Flush() { _ = http.NewResponseController(s.ResponseWriter).Flush() }
