package ui

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/access/web"
)

// toldCookie has what the last action of a browser did, until the page to which the
// action led says so.
const toldCookie = "raddeploy-did"

// toldLasts is how long a browser may take to get there.
const toldLasts = time.Minute

// told signs what was done, so that a page says nothing was done that was not: neither
// an address nor another program of the host can have it say so. Make it with newTold.
type told struct{ key []byte }

func newTold() told {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // it never fails
	return told{key}
}

// say has the page at an address, if it comes next, say that an action was done.
func (t told) say(w http.ResponseWriter, r *http.Request, word, to string) {
	until := strconv.FormatInt(time.Now().Add(toldLasts).Unix(), 10)
	http.SetCookie(w, cookieOf(r, word+"."+until+"."+t.sign(r, word, until, to), int(toldLasts/time.Second)))
}

// said is what the action that led to a page did. It is said once.
func (t told) said(w http.ResponseWriter, r *http.Request) string {
	cookie, err := r.Cookie(toldCookie)
	if err != nil {
		return ""
	}
	parts := strings.Split(cookie.Value, ".")
	if len(parts) != 3 || !hmac.Equal([]byte(parts[2]), []byte(t.sign(r, parts[0], parts[1], r.URL.EscapedPath()))) {
		return ""
	}
	until, _ := strconv.ParseInt(parts[1], 10, 64) // signed
	if time.Now().Unix() > until {
		return ""
	}
	http.SetCookie(w, cookieOf(r, "", -1))
	known := actions[parts[0]]
	return known.Name + ": done. " + known.Will + " The journal says who did it."
}

// sign signs that somebody did something until when, as the page at an address says.
func (t told) sign(r *http.Request, word, until, to string) string {
	who := web.Who(r)
	mac := hmac.New(sha256.New, t.key)
	for _, part := range []string{word, until, to, string(who.Known), who.Name, who.Token, who.Address} {
		_, _ = mac.Write([]byte(strconv.Quote(part))) // it never fails
	}
	return hex.EncodeToString(mac.Sum(nil))
}

func cookieOf(r *http.Request, value string, age int) *http.Cookie {
	return &http.Cookie{
		Name: toldCookie, Value: url.QueryEscape(value), Path: "/ui/", MaxAge: age, Secure: r.TLS != nil, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
}
