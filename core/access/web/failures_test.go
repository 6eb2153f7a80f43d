package web

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

func from(address string) func(*http.Request) {
	return func(r *http.Request) { r.RemoteAddr = address }
}

// An address that tries too many tokens is told to wait. Whoever has a valid one, or
// a login, is let in from there all the same: a whole hospital can have one address.
func TestTryingTokens(t *testing.T) {
	g, db := required(t)
	valid, _ := token(t, db, run.Viewer, 0)
	answer, _ := ask(t, g, http.MethodPost, "/login", browser(url.Values{"token": {valid}}), from("10.0.0.1:1"))
	session := sessionOf(t, answer)
	for i := range 100 {
		guess, _, _ := NewToken()
		answer, _ := ask(t, g, http.MethodGet, "/v1/status", with(guess), from("10.0.0.1:1000"))
		want := http.StatusUnauthorized
		if i >= failuresAllowed {
			want = http.StatusTooManyRequests
		}
		if answer.Code != want || want == http.StatusTooManyRequests && answer.Header().Get("Retry-After") == "" {
			t.Errorf("guess %d: %d, want %d", i+1, answer.Code, want)
		}
	}
	if answer, _ := ask(t, g, http.MethodGet, "/v1/status", with(valid), from("10.0.0.1:2000")); answer.Code != http.StatusOK {
		t.Errorf("a valid token from the same address: %d %s", answer.Code, answer.Body)
	}
	if answer, _ := ask(t, g, http.MethodGet, "/v1/status", browser(nil, session), from("10.0.0.1:2000")); answer.Code != http.StatusOK {
		t.Errorf("a login from the same address: %d %s", answer.Code, answer.Body)
	}
	if answer, _ := ask(t, g, http.MethodPost, "/login", browser(url.Values{"token": {valid}}), from("10.0.0.1:2000")); answer.Code != http.StatusSeeOther {
		t.Errorf("a new login from the same address: %d %s", answer.Code, answer.Body)
	}
	if answer, _ := ask(t, g, http.MethodPost, "/login", browser(url.Values{"token": {"wrong"}}), from("10.0.0.1:2000")); answer.Code != http.StatusTooManyRequests {
		t.Errorf("one more guess, in the form: %d", answer.Code)
	}
	guess, _, _ := NewToken()
	if answer, _ := ask(t, g, http.MethodGet, "/v1/status", with(guess), from("10.0.0.2:1")); answer.Code != http.StatusUnauthorized {
		t.Errorf("a guess from another address: %d", answer.Code)
	}
}

// What cannot be a token is not looked for in the database.
func TestWhatCannotBeAToken(t *testing.T) {
	valid, _, _ := NewToken()
	for _, text := range []string{"", tokenPrefix, valid[:len(valid)-1], valid + "x", strings.Repeat("x", 60_000), "x" + valid[1:]} {
		if id := idOf(text); id != "" {
			t.Errorf("%.80q has the id %q", text, id)
		}
	}
	if idOf(valid) == "" {
		t.Error("a token has no id")
	}
}

func TestFailures(t *testing.T) {
	var f failures
	now := time.Now()
	for range failuresAllowed {
		if f.add("2001:db8::1", now) > 0 {
			t.Error("it is too many before it is")
		}
	}
	for _, test := range []struct {
		address string
		many    bool
	}{{"2001:db8::1", true}, {"2001:db8::ffff:1", true}, {"2001:db8:0:1::1", false}, {"10.0.0.1", false}} {
		if got := f.add(test.address, now) > 0; got != test.many {
			t.Errorf("%s is too many: %v", test.address, got)
		}
	}
	if f.add("2001:db8::1", now.Add(failuresWithin)) != 0 {
		t.Error("it is too many for ever")
	}
	for i := range 3 * addressesKept {
		f.add(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}).String(), now)
	}
	if len(f.from) > addressesKept {
		t.Errorf("%d addresses are kept", len(f.from))
	}
	if f.add("192.0.2.77", now) == 0 {
		t.Error("failures of ever new addresses are not too many of all")
	}
}

// One peer is one address, however it is written.
func TestNetworks(t *testing.T) {
	for _, same := range [][]string{
		{"10.0.0.1", "::ffff:10.0.0.1"},
		{"2001:db8::1", "2001:db8::2:3:4:5"},
		{"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"},
		{"fe80::1%eth0", "fe80::2%eth1"},
	} {
		for _, address := range same[1:] {
			if network(address) != network(same[0]) {
				t.Errorf("%s is %s, and %s is %s", address, network(address), same[0], network(same[0]))
			}
		}
	}
	if network("10.0.0.1") == network("10.0.0.2") || network("2001:db8::1") == network("2001:db8:0:1::1") {
		t.Error("two are one")
	}
}

// Only what a proxy of the site says counts, and of that what the nearest ones saw.
func TestProxies(t *testing.T) {
	proxies := func(a netip.Addr) bool { return netip.MustParsePrefix("10.9.0.0/24").Contains(a) }
	for _, test := range []struct {
		from    string
		said    []string
		want    string
		proxies func(netip.Addr) bool
	}{
		{"10.9.0.1:5", []string{"192.0.2.1"}, "192.0.2.1", proxies},
		{"10.9.0.1:5", []string{"1.2.3.4, 192.0.2.1"}, "192.0.2.1", proxies},
		{"10.9.0.1:5", []string{"1.2.3.4", "192.0.2.1, 10.9.0.2"}, "192.0.2.1", proxies},
		{"10.9.0.1:5", []string{"2001:db8::1"}, "2001:db8::1", proxies},
		{"10.9.0.1:5", []string{"192.0.2.1, nonsense"}, "10.9.0.1", proxies},
		{"10.9.0.1:5", nil, "10.9.0.1", proxies},
		{"10.9.1.1:5", []string{"192.0.2.1"}, "10.9.1.1", proxies},
		{"10.9.0.1:5", []string{"192.0.2.1"}, "10.9.0.1", nil},
	} {
		g, db := required(t)
		g.Proxies = test.proxies
		secret, _ := token(t, db, run.Viewer, 0)
		_, who := ask(t, g, http.MethodGet, "/v1/status", with(secret), from(test.from), func(r *http.Request) { r.Header["X-Forwarded-For"] = test.said })
		if who.Address != test.want {
			t.Errorf("from %s for %q: %s, want %s", test.from, test.said, who.Address, test.want)
		}
	}
}

// provider is one at which a code is either right or not.
type provider struct{ asked int }

func (p *provider) Begin(context.Context) (string, string, error) {
	return "https://provider", "kept", nil
}

func (p *provider) Finish(_ context.Context, r *http.Request, _ string) (run.Actor, string, error) {
	p.asked++
	if r.FormValue("code") != "right" {
		return run.Actor{}, "", errors.New("the provider answers \"invalid_grant\"")
	}
	return run.Actor{Name: "vera", Role: run.Viewer}, "subject vera", nil
}

// Who comes back from the provider with what is right is logged in, however many
// others of the address came back with what is not.
func TestComingBackFromTheProvider(t *testing.T) {
	g, db := required(t)
	g.Provider, g.LoginLasts = &provider{}, time.Hour
	back := func(code string) int {
		answer, _ := ask(t, g, http.MethodGet, "/login/provider/back?code="+code, func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "raddeploy-login", Value: "kept"}) })
		if answer.Code == http.StatusSeeOther {
			if age := sessionOf(t, answer).MaxAge; age != int(time.Hour/time.Second) {
				t.Errorf("the login lasts %s seconds", strconv.Itoa(age))
			}
		}
		return answer.Code
	}
	for i := range 3 * failuresAllowed {
		want := http.StatusUnauthorized
		if i >= failuresAllowed {
			want = http.StatusTooManyRequests
		}
		if code := back("wrong"); code != want {
			t.Errorf("try %d: %d, want %d", i+1, code, want)
		}
	}
	if code := back("right"); code != http.StatusSeeOther {
		t.Errorf("the right one: %d", code)
	}
	if n := len(journal(t, db)); n > refusalsOfOne+1 {
		t.Errorf("the journal has %d entries", n)
	}
}
