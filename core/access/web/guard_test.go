package web

import (
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/run"
)

// open is a guard on loopback where no token is needed.
func open() *Guard { return &Guard{Loopback: true, TokenRequired: func() bool { return false }} }

// ask has a guard serve a request, as a browser or another program would send it
// to this host.
func ask(t *testing.T, g *Guard, method, url string, change ...func(*http.Request)) (*httptest.ResponseRecorder, run.Actor) {
	t.Helper()
	var who run.Actor
	answer := httptest.NewRecorder()
	g.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { who = Who(r) })).ServeHTTP(answer, newRequest(t, method, url, change...))
	return answer, who
}

func newRequest(t *testing.T, method, url string, change ...func(*http.Request)) *http.Request {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), method, url, nil)
	request.Host = "localhost:8080"
	for _, f := range change {
		f(request)
	}
	return request
}

func TestWhoIsOnTheContext(t *testing.T) {
	answer, who := ask(t, open(), http.MethodGet, "/v1/status")
	if want := (run.Actor{Address: "192.0.2.1", Known: run.Anonymous, Role: run.Operator}); who != want || answer.Code != http.StatusOK {
		t.Errorf("%d, who asks is %+v, want %+v", answer.Code, who, want)
	}
	required := open()
	required.TokenRequired = func() bool { return true }
	if answer, _ := ask(t, required, http.MethodGet, "/v1/status"); answer.Code != http.StatusUnauthorized || answer.Header().Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("without a token that is required: %d", answer.Code)
	}
}

// What is in no row is served to nobody, whatever has been registered behind the
// guard.
func TestRoutesWithoutARow(t *testing.T) {
	for _, test := range []struct {
		method, url string
		code        int
	}{
		{"GET", "/v1/patients", http.StatusNotFound},
		{"GET", "/patients", http.StatusNotFound},
		{"GET", "/v1/../../etc/passwd", http.StatusTemporaryRedirect}, // to /etc/passwd, which is no route
		{"GET", "/v1/runs/..%2f..%2fetc/passwd", http.StatusNotFound},
		{"DELETE", "/v1/status", http.StatusMethodNotAllowed},
		{"GET", "/v1/runs/1/cancel", http.StatusMethodNotAllowed},
	} {
		if answer, who := ask(t, open(), test.method, test.url); answer.Code != test.code || who.Role != "" {
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

// Programs are told of an unknown path and of a wrong method as of everything else
// that is refused.
func TestUnroutedIsAProblem(t *testing.T) {
	mux := NewMux()
	mux.HandleFunc("GET /v1/status", func(http.ResponseWriter, *http.Request) {})
	for _, test := range []struct {
		method, url string
		code        int
		allow, says string
	}{
		{"GET", "/v1/patients", http.StatusNotFound, "", "/v1/openapi.json lists"},
		{"DELETE", "/v1/status", http.StatusMethodNotAllowed, "GET, HEAD", "this path takes GET and HEAD"},
	} {
		guarded, _ := ask(t, open(), test.method, test.url)
		alone := httptest.NewRecorder()
		mux.ServeHTTP(alone, newRequest(t, test.method, test.url))
		for by, answer := range map[string]*httptest.ResponseRecorder{"the guard": guarded, "a mux": alone} {
			var told Problem
			err := json.Unmarshal(answer.Body.Bytes(), &told)
			if err != nil || answer.Code != test.code || told.Status != test.code || !strings.Contains(told.Detail, test.says) ||
				answer.Header().Get("Content-Type") != ProblemType || answer.Header().Get("Allow") != test.allow {
				t.Errorf("%s %s by %s: %d %v %s (%v)", test.method, test.url, by, answer.Code, answer.Header(), answer.Body, err)
			}
		}
	}
	page, _ := ask(t, open(), "GET", "/ui/patients")
	if page.Code != http.StatusNotFound || !strings.HasPrefix(page.Header().Get("Content-Type"), "text/plain") {
		t.Errorf("a page: %d %v", page.Code, page.Header())
	}
}

// A page of another host whose name leads to this one is not of our origin.
func TestHosts(t *testing.T) {
	for host, code := range map[string]int{
		"localhost": 200, "localhost:8080": 200, "LocalHost:1": 200, "127.0.0.1": 200, "127.0.0.1:8080": 200, "[::1]": 200, "[::1]:8080": 200,
		"evil.example": 421, "evil.example:8080": 421, "localhost.evil.example": 421, "localhost.": 421, "127.0.0.1.nip.io": 421, "127.0.0.2": 421,
		"0.0.0.0:8080": 421, "[::]:8080": 421, "::1": 421, "": 421, ":8080": 421, "localhost:8080:8080": 421, "127.0.0.1@evil.example": 421, "2130706433": 421,
	} {
		for _, url := range []string{"/v1/status", "/metrics", "/nothing"} {
			want := code
			if url == "/nothing" && code == 200 {
				want = http.StatusNotFound
			}
			if answer, _ := ask(t, open(), http.MethodGet, url, func(r *http.Request) { r.Host = host }); answer.Code != want {
				t.Errorf("%s as %q: %d, want %d", url, host, answer.Code, want)
			}
		}
	}
	elsewhere := &Guard{TokenRequired: func() bool { return true }}
	if answer, _ := ask(t, elsewhere, http.MethodGet, "/v1/status", func(r *http.Request) { r.Host = "rad.example.org" }); answer.Code != http.StatusUnauthorized {
		t.Errorf("a listener that others reach, by its name: %d", answer.Code)
	}
}

// A browser's page of another origin can change nothing, and what it is told it
// may not read.
func TestOtherOrigins(t *testing.T) {
	from := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for _, test := range []struct {
		name   string
		change func(*http.Request)
		code   int
	}{
		{"our own page", from("Sec-Fetch-Site", "same-origin"), 200},
		{"typed by hand", from("Sec-Fetch-Site", "none"), 200},
		{"no browser", func(*http.Request) {}, 200},
		{"another site", from("Sec-Fetch-Site", "cross-site"), 403},
		{"another port of this host", from("Sec-Fetch-Site", "same-site"), 403},
		{"an old browser, another site", from("Origin", "https://evil.example"), 403},
		{"an old browser, a sandboxed frame", from("Origin", "null"), 403},
		{"an old browser, another port", from("Origin", "http://localhost:3000"), 403},
	} {
		if answer, _ := ask(t, open(), http.MethodPost, "/v1/runs/1/cancel", test.change); answer.Code != test.code {
			t.Errorf("a POST of %s: %d, want %d", test.name, answer.Code, test.code)
		}
		answer, _ := ask(t, open(), http.MethodGet, "/v1/runs", test.change)
		for header := range answer.Header() {
			if header == "Access-Control-Allow-Origin" {
				t.Errorf("%s may read", test.name)
			}
		}
	}
}

// Whatever is answered, refusals too, no browser takes it for something else or
// shows it in a frame.
func TestHeaders(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*http.Request)
		url    string
	}{
		{"an answer", func(*http.Request) {}, "/v1/status"},
		{"another Host", func(r *http.Request) { r.Host = "evil.example" }, "/v1/status"},
		{"no route", func(*http.Request) {}, "/nothing"},
	} {
		answer, _ := ask(t, open(), http.MethodGet, test.url, test.change)
		for header, want := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
		} {
			if got := answer.Header().Get(header); got != want {
				t.Errorf("%s: %s is %q", test.name, header, got)
			}
		}
	}
}

// counted counts what is read of it.
type counted struct {
	io.Reader
	read int
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.read += n
	return n, err
}

// A request for a page has no body. Somebody who is not logged in cannot have one
// stored, as a form's files would be, by sending it all the same.
func TestBodiesOfReads(t *testing.T) {
	g, _ := required(t)
	var form strings.Builder
	parts := multipart.NewWriter(&form)
	file, err := parts.CreateFormFile("f", "f")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(file, strings.Repeat("x", 1<<20))
	parts.Close()
	body := &counted{Reader: strings.NewReader(form.String())}
	answer, _ := ask(t, g, http.MethodGet, "/login?next=/ui/runs", func(r *http.Request) {
		r.Body = io.NopCloser(body)
		r.Header.Set("Content-Type", parts.FormDataContentType())
	})
	if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), `value="/ui/runs"`) {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	if body.read > 0 {
		t.Errorf("%d bytes of the body were read", body.read)
	}
}
