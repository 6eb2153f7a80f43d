package e2e_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// hook is an HTTP server with TLS that keeps what it was posted, and answers as it is
// told.
type hook struct {
	*httptest.Server
	mu     sync.Mutex
	got    []posted
	answer func(n int) int // the nth request (from 1)
}

type posted struct {
	path   string
	header http.Header
	body   []byte
	run.MessageContent
}

// newHook starts one on a listener; nil: any. Its certificate is in hook.crt of dir.
func newHook(t *testing.T, dir string, listener net.Listener, answer func(n int) int) *hook {
	t.Helper()
	h := &hook{answer: answer}
	h.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := posted{path: r.URL.Path, header: r.Header}
		p.body, _ = io.ReadAll(r.Body)
		err := json.Unmarshal(p.body, &p.MessageContent)
		h.mu.Lock()
		h.got = append(h.got, p)
		n := len(h.got)
		h.mu.Unlock()
		if err != nil {
			t.Errorf("%v: %s", err, p.body)
		}
		if code := h.answer(n); code > 0 {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(code)
			return
		}
		<-r.Context().Done() // it never answers
	}))
	if listener != nil {
		h.Listener.Close()
		h.Listener = listener
	}
	h.StartTLS()
	t.Cleanup(h.Close)
	block := &pem.Block{Type: "CERTIFICATE", Bytes: h.Certificate().Raw}
	if err := os.WriteFile(filepath.Join(dir, "hook.crt"), pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *hook) posts() []posted {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]posted{}, h.got...)
}

func hookBlock(name, url, more string) string {
	return fmt.Sprintf(`notify %q {
  window    = "0s"
  retry_min = "100ms"
  retry_max = "1s"
  webhook {
    url     = %q
    ca_file = "SITE/hook.crt"
    timeout = "2s"
    %s
  }
}
`, name, url, more)
}

// A webhook gets one message for a failure: signed, with the token of the site's file
// and one id over all tries, of the form that docs/notify.md describes, without patients.
// What it answers decides what follows.
func TestNotifyByWebhook(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	always := func(code int) func(int) int { return func(int) int { return code } }
	busy := newHook(t, site.Dir, nil, func(n int) int { return []int{500, 429, 0, 204}[min(n, 4)-1] })
	wrong, moved := newHook(t, site.Dir, nil, always(400)), newHook(t, site.Dir, nil, always(302))
	secretFile(t, site.Dir, "token", "let me in")
	secretFile(t, site.Dir, "secret", "shared")
	secrets := "token_file = \"SITE/token\"\n    secret_file = \"SITE/secret\""
	untrusted := strings.Replace(hookBlock("untrusted", busy.URL, ""), `ca_file = "SITE/hook.crt"`, "", 1)
	site.Settings(testenv.Fake(1), hookBlock("busy", busy.URL+"/in", secrets), hookBlock("wrong", wrong.URL, secrets), hookBlock("moved", moved.URL, secrets),
		hookBlock("shut", "https://127.0.0.1:"+freePort(t), secrets), untrusted)
	site.Flow("lungs", failingFlow)
	site.Start()
	notifyReady(t, site)
	site.Send(testenv.Write(t, testenv.Object{})...)
	failed := site.Ended("lungs", run.Failed)
	of := map[string]api.Notification{}
	notifications(t, site, "messages that were taken, refused or wait", func(all []api.Notification) bool {
		for _, m := range all {
			of[m.Notify] = m
		}
		return len(all) == 5 && of["busy"].State == run.MessageSent && of["wrong"].State == run.MessageFailed &&
			of["moved"].Tries > 0 && of["shut"].Tries > 0 && of["untrusted"].Tries > 0
	})
	for name, says := range map[string]string{
		"wrong": "answered 400 Bad Request", "moved": "redirects are not followed", "shut": "connection refused", "untrusted": "its certificate is not trusted",
	} {
		if m := of[name]; !strings.Contains(m.Reason, says) || name != "wrong" && m.State != run.MessagePending {
			t.Errorf("%s is %s: %q, which is to say %q", name, m.State, m.Reason, says)
		}
	}
	if n := len(wrong.posts()); n != 1 {
		t.Errorf("what was refused for good was posted %d times", n)
	}
	for _, p := range moved.posts() {
		if p.path != "/" {
			t.Errorf("it was posted to %s", p.path)
		}
	}
	posts := busy.posts()
	if len(posts) != 4 {
		t.Fatalf("%d posts to the busy one", len(posts))
	}
	for _, p := range posts {
		mac := hmac.New(sha256.New, []byte("shared"))
		fmt.Fprintf(mac, "%s.%s", p.header.Get("X-RadDeploy-Timestamp"), p.body)
		if p.header.Get("Authorization") != "Bearer let me in" || p.header.Get("X-RadDeploy-Signature") != "sha256="+hex.EncodeToString(mac.Sum(nil)) ||
			p.header.Get("Idempotency-Key") != posts[0].ID || p.ID != posts[0].ID || p.path != "/in" {
			t.Errorf("%s %v", p.path, p.header)
		}
	}
	m := posts[3]
	if m.Version != 1 || m.Kind != "events" || m.Site != "test" || m.Notify != "busy" || len(m.Events) != 1 {
		t.Fatalf("%s", m.body)
	}
	if e := m.Events[0]; e.Kind != run.NoticeFailed || e.Thing != run.OfFlow || e.Name != "lungs" || e.Run != failed.ID || e.Task != "0" || e.Patient != "" {
		t.Errorf("%s", m.body)
	}
	for _, never := range []string{"DOE", "1.2.840", failed.Patient} {
		if strings.Contains(string(m.body), never) {
			t.Errorf("%q is in %s", never, m.body)
		}
	}
}

// What waited for a server when the agent was killed is sent by the next agent, once,
// and what happened meanwhile is told, too.
func TestNotifyOverACrash(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	port := freePort(t)
	newHook(t, site.Dir, nil, func(int) int { return 200 }) // all such servers show one certificate
	site.Settings(testenv.Fake(1), hookBlock("oncall", "https://127.0.0.1:"+port, ""))
	site.Flow("lungs", failingFlow)
	site.StartProgram()
	notifyReady(t, site)
	site.Send(testenv.Write(t, testenv.Object{})...)
	site.Ended("lungs", run.Failed)
	waits := notifications(t, site, "a message that waits", func(all []api.Notification) bool { return len(all) == 1 && all[0].Tries > 0 })
	site.Kill()
	up := newHook(t, site.Dir, must(net.Listen("tcp", "127.0.0.1:"+port)), func(int) int { return 200 })
	site.StartProgram()
	notifications(t, site, "the message to be sent", func(all []api.Notification) bool { return len(all) == 1 && all[0].State == run.MessageSent })
	site.Flow("lungs", "triggers: [{Modality: CT}]\nmodels: [{image: any, options: {copy: true}}]\n")
	testenv.Until(t, "the flow to be mended", func() (bool, string) {
		f, err := site.Client().Flow(t.Context(), "lungs")
		return err == nil && f.Owner == "", fmt.Sprint(f, err)
	})
	site.Send(testenv.Write(t, testenv.Object{})...)
	testenv.Until(t, "the recovery to be told", func() (bool, string) { return len(up.posts()) == 2, fmt.Sprint(up.posts()) })
	posts := up.posts()
	if posts[0].ID != waits[0].ID || posts[1].Events[0].Kind != run.NoticeRecovered {
		t.Errorf("%s\n%s", posts[0].body, posts[1].body)
	}
}
