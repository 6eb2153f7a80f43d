package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// required is a guard with a database, where a token is needed.
func required(t *testing.T) (*Guard, *state.DB) {
	t.Helper()
	db, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return &Guard{Loopback: true, TokenRequired: func() bool { return true }, Store: db, Logger: hclog.NewNullLogger()}, db
}

// token makes one, for so long.
func token(t *testing.T, db *state.DB, role run.Role, lasts time.Duration) (secret, id string) {
	t.Helper()
	secret, id, hash := NewToken()
	now := time.Now()
	made := run.Token{ID: id, Name: "anna", Role: role, Hash: hash, Created: now}
	if lasts != 0 {
		made.Expires = now.Add(lasts)
	}
	if err := db.AddToken(t.Context(), made, run.Entry{At: now, Action: run.CreateToken, Thing: "token", ID: id}); err != nil {
		t.Fatal(err)
	}
	return secret, id
}

func with(secret string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+secret) }
}

// journal is what the journal has, newest first.
func journal(t *testing.T, db *state.DB) []run.Entry {
	t.Helper()
	all, err := db.Journal(t.Context(), state.EntryFilter{Part: state.Part{AtMost: 1000}})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTokens(t *testing.T) {
	g, db := required(t)
	valid, id := token(t, db, run.Operator, time.Hour)
	forever, _ := token(t, db, run.Viewer, 0)
	expired, _ := token(t, db, run.Admin, -time.Second)
	revoked, revokedID := token(t, db, run.Admin, time.Hour)
	if err := db.RevokeToken(t.Context(), run.Entry{At: time.Now(), Action: run.RevokeToken, Thing: "token", ID: revokedID}); err != nil {
		t.Fatal(err)
	}
	other, _, _ := NewToken()
	for _, test := range []struct {
		name, secret string
		code         int
	}{
		{"valid", valid, 200},
		{"without an end", forever, 200},
		{"expired", expired, 401},
		{"revoked", revoked, 401},
		{"unknown", other, 401},
		{"of another secret", valid[:len(valid)-1] + "!", 401},
		{"an id alone", valid[:len(tokenPrefix)+idLength+1], 401},
		{"empty", "", 401},
	} {
		g.failures = failures{}
		answer, who := ask(t, g, http.MethodGet, "/v1/status", with(test.secret))
		if answer.Code != test.code {
			t.Errorf("a token that is %s: %d, want %d", test.name, answer.Code, test.code)
		}
		if test.name == "valid" && who != (run.Actor{Name: "anna", Address: "192.0.2.1", Token: id, Known: run.ByToken, Role: run.Operator}) {
			t.Errorf("who asks is %+v", who)
		}
	}
	if answer, _ := ask(t, g, http.MethodGet, "/v1/status", func(r *http.Request) { r.SetBasicAuth("anna", valid) }); answer.Code != 401 {
		t.Errorf("a password: %d", answer.Code)
	}
	if used, err := db.Token(t.Context(), id); err != nil || time.Since(used.Used) > 2*time.Minute {
		t.Errorf("last used at %v, %v", used.Used, err)
	}
	// Where none is needed, one that does not count is still none.
	g.TokenRequired = func() bool { return false }
	if answer, _ := ask(t, g, http.MethodGet, "/v1/status", with(expired)); answer.Code != 401 {
		t.Errorf("an expired token on loopback: %d", answer.Code)
	}
}

// The database has nothing that lets anybody in.
func TestTokensAreHashed(t *testing.T) {
	_, db := required(t)
	secret, id := token(t, db, run.Admin, 0)
	stored, err := db.Token(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if len(stored.Hash) != 32 || strings.Contains(string(stored.Hash), secret[len(secret)-8:]) || len(secret) != len(tokenPrefix)+idLength+1+43 {
		t.Errorf("%d bytes are stored of %d characters", len(stored.Hash), len(secret))
	}
}

// browser posts a form as a page of ours does.
func browser(form url.Values, cookies ...*http.Cookie) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Form, r.PostForm = form, form
		for _, c := range cookies {
			r.AddCookie(c)
		}
	}
}

func sessionOf(t *testing.T, answer *httptest.ResponseRecorder) *http.Cookie {
	t.Helper()
	for _, c := range answer.Result().Cookies() {
		if strings.HasSuffix(c.Name, "raddeploy") {
			return c
		}
	}
	t.Fatalf("%d %s: no session", answer.Code, answer.Body)
	return nil
}

// A token that is pasted into the form becomes a session, until it is ended or
// the token does not count any more.
func TestLoginWithAToken(t *testing.T) {
	g, db := required(t)
	g.Secure = true
	secret, id := token(t, db, run.Operator, time.Hour)
	if answer, _ := ask(t, g, http.MethodGet, "/ui/runs?state=failed"); answer.Code != 404 && answer.Header().Get("Location") != "/login?next=%2Fui%2Fruns%3Fstate%3Dfailed" {
		t.Errorf("a page without a login: %d to %s", answer.Code, answer.Header().Get("Location"))
	}
	if answer, _ := ask(t, g, http.MethodPost, "/login", browser(url.Values{"token": {"wrong"}})); answer.Code != 401 || !strings.Contains(answer.Body.String(), "not valid") || len(answer.Result().Cookies()) > 0 {
		t.Errorf("a wrong token: %d", answer.Code)
	}
	answer, _ := ask(t, g, http.MethodPost, "/login", browser(url.Values{"token": {" " + secret + "\n"}, "next": {"/ui/runs?state=failed"}}))
	cookie := sessionOf(t, answer)
	if answer.Code != 303 || answer.Header().Get("Location") != "/ui/runs?state=failed" {
		t.Errorf("%d to %s", answer.Code, answer.Header().Get("Location"))
	}
	if cookie.Name != "__Host-raddeploy" || !cookie.Secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || cookie.Domain != "" {
		t.Errorf("the cookie is %v", cookie)
	}
	want := run.Actor{Name: "anna", Address: "192.0.2.1", Token: id, Known: run.ByLogin, Role: run.Operator}
	if answer, who := ask(t, g, http.MethodPost, "/v1/runs/1/cancel", browser(nil, cookie)); answer.Code != 200 || who != want {
		t.Errorf("with the session: %d, %+v", answer.Code, who)
	}
	for name, change := range map[string]func(*http.Request){
		"a browser that does not say from what page": func(r *http.Request) { r.AddCookie(cookie) },
		"a session that is not one":                  browser(nil, &http.Cookie{Name: cookie.Name, Value: newSecret()}),
		"the cookie under its other name":            browser(nil, &http.Cookie{Name: "raddeploy", Value: cookie.Value}),
	} {
		if answer, _ := ask(t, g, http.MethodPost, "/v1/runs/1/cancel", change); answer.Code != 401 {
			t.Errorf("%s: %d", name, answer.Code)
		}
	}
	if answer, _ := ask(t, g, http.MethodPost, "/logout", browser(nil, cookie)); answer.Code != 303 || sessionOf(t, answer).MaxAge >= 0 {
		t.Errorf("logout: %d", answer.Code)
	}
	if answer, _ := ask(t, g, http.MethodGet, "/v1/runs", browser(nil, cookie)); answer.Code != 401 {
		t.Errorf("after the logout: %d", answer.Code)
	}
	answer, _ = ask(t, g, http.MethodPost, "/login", browser(url.Values{"token": {secret}}))
	second := sessionOf(t, answer)
	if err := db.RevokeToken(context.Background(), run.Entry{At: time.Now(), Action: run.RevokeToken, Thing: "token", ID: id}); err != nil {
		t.Fatal(err)
	}
	if answer, _ := ask(t, g, http.MethodGet, "/v1/runs", browser(nil, second)); answer.Code != 401 {
		t.Errorf("after the token was revoked: %d", answer.Code)
	}
}

// After a login nobody is sent elsewhere.
func TestNoOpenRedirect(t *testing.T) {
	for next, want := range map[string]string{
		"": "/ui/", "/ui/": "/ui/", "/ui/runs": "/ui/runs", "/ui/runs?a=/b//c": "/ui/runs?a=/b//c", "/ui/runs/": "/ui/runs/",
		"https://evil.example": "/ui/", "//evil.example": "/ui/", "/\\evil.example": "/ui/", "/ui/\\evil.example": "/ui/", "/ui/../..//evil.example": "/ui/",
		"/ui//evil.example": "/ui/", "javascript:alert(1)": "/ui/", "/v1/runs": "/ui/", "/ui/\r\nSet-Cookie: a=b": "/ui/", "ui/runs": "/ui/", "\t//evil.example": "/ui/",
	} {
		if got := local(next); got != want {
			t.Errorf("%q leads to %q, want %q", next, got, want)
		}
	}
}

// A stream of events ends when what it was asked for with does not count any more.
func TestStreamsEndWithTheirToken(t *testing.T) {
	g, db := required(t)
	g.Recheck = time.Millisecond
	secret, id := token(t, db, run.Viewer, 0)
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/runs", nil)
	request.Host = "localhost"
	with(secret)(request)
	g.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := db.RevokeToken(context.Background(), run.Entry{At: time.Now(), Action: run.RevokeToken, Thing: "token", ID: id}); err != nil {
			t.Error(err)
		}
		select {
		case <-r.Context().Done():
		case <-time.After(time.Minute):
			t.Error("it goes on")
		}
	})).ServeHTTP(httptest.NewRecorder(), request)
}
