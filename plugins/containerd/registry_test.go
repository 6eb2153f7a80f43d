package containerd

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
)

// TestMirrorAndCredentials fetches an image of a registry that is not there
// from a mirror that asks for a password.
func TestMirrorAndCredentials(t *testing.T) {
	t.Parallel()
	sitetest.NeedRegistry(t)
	real, err := url.Parse("http://127.0.0.1:5000")
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(real)
	mirror := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name, password, _ := r.BasicAuth(); name != "reader" || password != "secret" {
			w.Header().Set("WWW-Authenticate", `Basic realm="mirror"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(mirror.Close)
	folder := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(folder, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("hosts/registry.invalid/hosts.toml", "server = \"https://registry.invalid\"\n[host.\""+mirror.URL+"\"]\n  capabilities = [\"pull\", \"resolve\"]\n")
	const image = "registry.invalid/busybox:latest"
	logins := strings.TrimPrefix(mirror.URL, "http://")
	for _, test := range []struct {
		password string // base64 of name:password
		want     sdk.Reason
	}{{"cmVhZGVyOndyb25n", sdk.ImageUnavailable}, {"cmVhZGVyOnNlY3JldA==", sdk.Exited}} {
		write("config.json", `{"auths": {"`+logins+`": {"auth": "`+test.password+`"}}}`)
		s := containerd.Site(t, `{"registry_hosts": "`+folder+`/hosts", "registry_config": "`+folder+`/config.json"}`)
		untag(t, image)
		task := s.Task("true")
		task.Container.Image, task.Container.Pull = image, sdk.PullAlways
		got := s.Run(task)
		if got.Reason != test.want || strings.Contains(got.Message, "secret") {
			t.Errorf("%+v", got.Exit)
		}
		if test.want == sdk.ImageUnavailable && !strings.Contains(got.Message, "docker login") {
			t.Errorf("it does not say what to do: %s", got.Message)
		}
		untag(t, image)
	}
}
