package e2e_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/access/web"
	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// Each route, asked for by each role: who may have it has it, and who may not is
// told so. Whatever is answered is what it says it is, and in no frame.
func TestRolesByRoute(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1), "http { require_token = true }")
	site.Start()
	tokens := map[run.Role]string{"": ""}
	for _, role := range run.Roles {
		made, err := site.Client().CreateToken(t.Context(), api.TokenOrder{Role: role, Name: "test " + string(role)})
		if err != nil {
			t.Fatal(err)
		}
		tokens[role] = made.Secret
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, route := range web.Routes {
		for _, role := range append([]run.Role{""}, run.Roles...) {
			code, text, header := request(t, client, site, route, tokens[role])
			where := route.Pattern + " as " + string(role)
			allowed := route.Role == web.Anybody || role.May(route.Role)
			switch {
			case allowed && route.Role != web.Anybody && (code == http.StatusUnauthorized || code == http.StatusForbidden):
				t.Errorf("%s: refused: %d %s", where, code, text)
			case allowed && strings.HasPrefix(text, "404 page not found"):
				t.Errorf("%s: nothing is registered for it", where)
			case !allowed && role == "" && code != http.StatusUnauthorized && header.Get("Location") == "":
				t.Errorf("%s: %d %s", where, code, text)
			case !allowed && role == "" && header.Get("Location") != "" && !strings.HasPrefix(header.Get("Location"), "/login?"):
				t.Errorf("%s: sent to %s", where, header.Get("Location"))
			case !allowed && role != "" && code != http.StatusForbidden:
				t.Errorf("%s: %d %s", where, code, text)
			}
			if kind := header.Get("Content-Type"); text != "" && !slices.ContainsFunc(kinds, func(k string) bool { return strings.HasPrefix(kind, k) }) {
				t.Errorf("%s: content of type %q", where, kind)
			}
			for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY"} {
				if header.Get(name) != want {
					t.Errorf("%s: %s is %q", where, name, header.Get(name))
				}
			}
			if policy := header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
				t.Errorf("%s: Content-Security-Policy is %q", where, policy)
			}
			if header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s: pages of other origins may read it", where)
			}
		}
	}
}

// kinds are the types of content that a browser runs nothing of in our origin, or
// that are pages of ours.
var kinds = []string{
	"application/json", "application/problem+json", "application/x-ndjson", "application/vnd.sqlite3", "text/plain", "text/html; charset=utf-8", "text/css", "text/javascript",
	"text/event-stream", "image/svg+xml", "image/png", "image/jpeg", "application/yaml", "application/x-tar", "application/zip", "application/octet-stream",
}

// request asks for a route as a page of ours would, about things that are not
// there, and returns the beginning of the answer.
func request(t *testing.T, client *http.Client, site *testenv.Site, route web.Route, token string) (code int, text string, header http.Header) {
	t.Helper()
	method, path, _ := strings.Cut(route.Pattern, " ")
	parts := strings.Split(strings.ReplaceAll(path, "{$}", ""), "/")
	for i, part := range parts {
		switch {
		case part == "{name}": // of what the pages are made of
			parts[i] = "style.css"
		case strings.HasPrefix(part, "{"):
			parts[i] = "none"
		}
	}
	asks, err := http.NewRequestWithContext(t.Context(), method, site.HTTP()+strings.Join(parts, "/"), nil)
	if err != nil {
		t.Fatal(err)
	}
	asks.Header.Set("Sec-Fetch-Site", "same-origin")
	if token != "" {
		asks.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := client.Do(asks)
	if err != nil {
		t.Fatalf("%s: %v", route.Pattern, err)
	}
	defer answer.Body.Close()
	if strings.HasPrefix(answer.Header.Get("Content-Type"), "text/event-stream") {
		return answer.StatusCode, "", answer.Header // it has no end
	}
	beginning, err := io.ReadAll(io.LimitReader(answer.Body, 1000))
	if err != nil {
		t.Fatalf("%s: %v", route.Pattern, err)
	}
	return answer.StatusCode, string(beginning), answer.Header
}
