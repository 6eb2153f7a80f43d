package ui

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/access/web"
	"github.com/raddeploy/raddeploy/core/run"
)

// A page says that something was done if the agent did it for this person and led
// there, and once. A link, a cookie that was made up or one of another page, person or
// agent has it say nothing.
func TestOnlyWhatWasDoneIsSaid(t *testing.T) {
	agent, anna := newTold(), run.Actor{Name: "anna", Known: run.ByLogin}
	request := func(at string, who run.Actor, cookies ...*http.Cookie) *http.Request {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, at, nil)
		for _, c := range cookies {
			r.AddCookie(c)
		}
		return r.WithContext(web.With(r.Context(), who))
	}
	answer := httptest.NewRecorder()
	agent.say(answer, request("/ui/runs/1/cancel", anna), "cancel", "/ui/runs/1")
	cookie := answer.Result().Cookies()[0]
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/ui/" {
		t.Errorf("the cookie is %v", cookie)
	}
	forged := func(value string) *http.Cookie { return &http.Cookie{Name: toldCookie, Value: value} }
	for _, test := range []struct {
		name string
		told told
		at   string
		who  run.Actor
		send []*http.Cookie
		says bool
	}{
		{"what was done", agent, "/ui/runs/1", anna, []*http.Cookie{cookie}, true},
		{"a link", agent, "/ui/runs/1?did=cancel", anna, nil, false},
		{"another page", agent, "/ui/runs/2", anna, []*http.Cookie{cookie}, false},
		{"another person", agent, "/ui/runs/1", run.Actor{Name: "otto", Known: run.ByLogin}, []*http.Cookie{cookie}, false},
		{"another agent", newTold(), "/ui/runs/1", anna, []*http.Cookie{cookie}, false},
		{"another action", agent, "/ui/runs/1", anna, []*http.Cookie{forged("discard" + strings.TrimPrefix(cookie.Value, "cancel"))}, false},
		{"made up", agent, "/ui/runs/1", anna, []*http.Cookie{forged("cancel.9999999999.")}, false},
		{"no parts", agent, "/ui/runs/1", anna, []*http.Cookie{forged("cancel")}, false},
	} {
		answer := httptest.NewRecorder()
		text := test.told.said(answer, request(test.at, test.who, test.send...))
		if (text != "") != test.says {
			t.Errorf("%s: the page says %q", test.name, text)
		}
		if test.says && (!strings.HasPrefix(text, "Cancel: done.") || answer.Result().Cookies()[0].MaxAge >= 0) {
			t.Errorf("%s: the page says %q, and would again", test.name, text)
		}
	}
}
