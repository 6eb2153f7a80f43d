package e2e_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// providerFolder is where make services-oidc puts an OpenID provider.
const providerFolder = "/var/lib/raddeploy-oidc"

// People log in at a real OpenID provider, and may what their groups' role may.
func TestLoginAtAProvider(t *testing.T) {
	site, at, roots := withProvider(t)
	for _, test := range []struct {
		who                  string
		login, looks, drains int
	}{
		{"vera", 404, 200, 403},
		{"otto", 404, 200, 200},
		{"nora", 403, 401, 401},
	} {
		t.Run(test.who, func(t *testing.T) {
			browser := newVisitor(t, roots)
			if code, _ := browser.get(at + "/v1/runs"); code != http.StatusUnauthorized {
				t.Errorf("before the login: %d", code)
			}
			code, page := browser.logIn(at+"/login/provider?next=//evil.example/", test.who)
			if code != test.login && !(test.login == 404 && code == 200) { // where there are no pages, the login ends at none
				t.Errorf("the login ends with %d: %s", code, page)
			}
			if code, text := browser.get(at + "/v1/runs"); code != test.looks {
				t.Errorf("a look: %d %s", code, text)
			}
			if code, text := browser.post(at+"/v1/executors/fake/drain", nil); code != test.drains {
				t.Errorf("a drain: %d %s", code, text)
			}
			if test.who == "vera" {
				endsLogin(t, site, browser, at)
			}
			for _, c := range browser.client.Jar.Cookies(must(url.Parse(at))) {
				if !strings.HasPrefix(c.Name, "__Host-") {
					t.Errorf("the cookie %s", c.Name)
				}
			}
		})
	}
	logins := map[string]run.Result{}
	page, err := site.Client().Audit(t.Context(), api.JournalQuery{Action: run.Login})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range page.Items {
		logins[e.By+", "+e.Detail] = e.Result
	}
	want := map[string]run.Result{"vera, subject s-vera": run.WasDone, "otto, subject s-otto": run.WasDone, "nora, subject s-nora": run.WasRefused}
	if fmt.Sprint(logins) != fmt.Sprint(want) {
		t.Errorf("the journal has %v, want %v", logins, want)
	}
	// Whoever comes back from a login that their browser did not begin is not let in.
	stranger := newVisitor(t, roots)
	if code, _ := stranger.get(at + "/login/provider/back?code=x&state=y"); code != http.StatusBadRequest {
		t.Errorf("a login that was not begun: %d", code)
	}
	stranger.stay = true
	stranger.get(at + "/login/provider")
	if code, _ := stranger.get(at + "/login/provider/back?code=x&state=y"); code != http.StatusUnauthorized {
		t.Errorf("the state of another login: %d", code)
	}
}

// withProvider is a site that runs, where people log in at a real OpenID provider. At
// is its address.
func withProvider(t *testing.T) (site *testenv.Site, at string, roots *x509.CertPool) {
	t.Helper()
	agent, provider := freePort(t), freePort(t)
	at = "https://localhost:" + agent
	startProvider(t, provider, at+"/login/provider/back")
	site = programs.NewSite(t, testenv.Fake(1), fmt.Sprintf(`http {
  listen = "127.0.0.1:%s"
  require_token = true
  tls {
    cert_file = "../agent.crt"
    key_file  = "../agent.key"
  }
  oidc {
    issuer             = "http://127.0.0.1:%s"
    client_id          = "raddeploy"
    client_secret_file = "../secret"
    url                = %q
    scopes             = ["openid", "profile", "groups"]
    roles {
      viewer   = ["veras"]
      operator = ["ottos"]
    }
  }
}`, agent, provider, at))
	roots = certificate(t, site.Dir)
	if err := os.WriteFile(filepath.Join(site.Dir, "secret"), []byte("not a secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	site.Start()
	return site, at, roots
}

// endsLogin ends a login as an admin: it does not count any more, and the journal says
// who ended it.
func endsLogin(t *testing.T, site *testenv.Site, browser *visitor, at string) {
	t.Helper()
	all, err := site.Client().Sessions(t.Context())
	if err != nil || len(all) != 1 || all[0].Name != "vera" || all[0].Role != run.Viewer || all[0].Token != "" {
		t.Fatalf("the logins are %+v, %v", all, err)
	}
	if left := time.Until(all[0].Expires); left > time.Hour || left < 50*time.Minute {
		t.Errorf("a login at the provider lasts %s", left)
	}
	if code, text := browser.get(at + "/v1/sessions"); code != http.StatusForbidden {
		t.Errorf("the logins, to a viewer: %d %s", code, text)
	}
	if ended, err := site.Client().EndSession(t.Context(), all[0].ID); err != nil || ended.State != "ended" {
		t.Fatalf("%+v, %v", ended, err)
	}
	if code, text := browser.get(at + "/v1/runs"); code != http.StatusUnauthorized {
		t.Errorf("after the login was ended: %d %s", code, text)
	}
	page, err := site.Client().Audit(t.Context(), api.JournalQuery{Action: run.EndSession})
	if err != nil || len(page.Items) != 1 || page.Items[0].Of != all[0].ID || page.Items[0].Detail != "viewer vera" {
		t.Errorf("the journal has %+v, %v", page.Items, err)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// freePort is one that nothing listens on.
func freePort(t *testing.T) string {
	t.Helper()
	return strconv.Itoa(testenv.FreePort(t))
}

// startProvider starts an OpenID provider and waits until it answers.
func startProvider(t *testing.T, port, redirect string) {
	t.Helper()
	if _, err := os.Stat(providerFolder); err != nil {
		testenv.Missing(t, "no OpenID provider: run make services-oidc")
	}
	command := exec.CommandContext(t.Context(), testenv.Tool(t, "node"), filepath.Join(providerFolder, "provider.js"), port, redirect)
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Wait() }) // the test's context has killed it
	if said, err := bufio.NewReader(out).ReadString('\n'); err != nil || said != "ready\n" {
		t.Fatalf("the provider says %q, %v", said, err)
	}
}

// certificate writes agent.crt and agent.key for localhost, which sign themselves.
func certificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	raw := must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))
	for name, block := range map[string]*pem.Block{
		"agent.crt": {Type: "CERTIFICATE", Bytes: raw},
		"agent.key": {Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(key))},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	pool.AddCert(must(x509.ParseCertificate(raw)))
	return pool
}

// visitor keeps cookies and fills forms in.
type visitor struct {
	t      *testing.T
	client *http.Client
	stay   bool // where it is sent to another host, it does not go
}

func newVisitor(t *testing.T, roots *x509.CertPool) *visitor {
	v := &visitor{t: t}
	v.client = &http.Client{
		Jar:       must(cookiejar.New(nil)),
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}},
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			if v.stay {
				return http.ErrUseLastResponse
			}
			return nil
		},
	}
	t.Cleanup(v.client.CloseIdleConnections)
	return v
}

func (v *visitor) get(at string) (code int, text string) {
	v.t.Helper()
	code, text, _ = v.do(http.MethodGet, at, nil)
	return code, text
}

func (v *visitor) post(at string, form url.Values) (code int, text string) {
	v.t.Helper()
	code, text, _ = v.do(http.MethodPost, at, form)
	return code, text
}

func (v *visitor) do(method, at string, form url.Values) (code int, text string, ends *url.URL) {
	v.t.Helper()
	request, err := http.NewRequestWithContext(v.t.Context(), method, at, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	if len(form) > 0 {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := v.client.Do(request)
	if err != nil {
		v.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return answer.StatusCode, string(body), answer.Request.URL
}

var formAction = regexp.MustCompile(`<form[^>]* action="([^"]+)"`)

// logIn follows a login to its end, through the provider's forms.
func (v *visitor) logIn(at, who string) (code int, page string) {
	v.t.Helper()
	code, page, ends := v.do(http.MethodGet, at, nil)
	for _, form := range []url.Values{{"prompt": {"login"}, "login": {who}, "password": {"any"}}, {"prompt": {"consent"}}} {
		action := formAction.FindStringSubmatch(page)
		if action == nil {
			v.t.Fatalf("no form at %s: %d %s", ends, code, page)
		}
		code, page, ends = v.do(http.MethodPost, ends.ResolveReference(must(url.Parse(action[1]))).String(), form)
	}
	if ends.Port() == "" || ends.Hostname() != "localhost" {
		v.t.Errorf("the login ends at %s", ends)
	}
	return code, page
}
