package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// By default a token is needed wherever tasks could reach the listener over the
// host's network, and wherever other hosts can.
func TestTokenRequired(t *testing.T) {
	const elsewhere = "http {\n listen = \"0.0.0.0:8443\"\n tls {\n cert_file = \"a\"\n key_file = \"b\"\n }\n}\n"
	for _, test := range []struct {
		name, text string
		want       bool
	}{
		{"nothing is said", "", false},
		{"tasks of docker", `executor "docker" {}`, false},
		{"flows may ask for the host's network", `executor "docker" { allow = ["network"] }`, true},
		{"by the other name", `executor "docker" { allow = ["network_mode"] }`, true},
		{"all tasks have it", "executor \"docker\" {}\nexecutor \"containerd\" {\n config { network = \"host\" }\n}", true},
		{"tasks have another", "executor \"containerd\" {\n config { network = \"cni\" }\n}", false},
		{"tasks are processes of the host", `executor "process" {}`, true},
		{"tasks are jobs of a cluster, which may be this host", `executor "slurm" "cluster" {}`, true},
		{"of a third party, in a network of their own", "executor \"podman\" {\n config { network = \"none\" }\n}", false},
		{"of a third party, in the host's", "executor \"podman\" {\n config { network = \"host\" }\n}", true},
		{"processes that the site trusts", "http { require_token = false }\nexecutor \"process\" {}", false},
		{"a proxy before it", `http { trusted_proxies = ["127.0.0.1"] }`, true},
		{"said otherwise", "http { require_token = false }\nexecutor \"docker\" { allow = [\"network\"] }", false},
		{"said", "http { require_token = true }", true},
		{"another loopback address", `http { listen = "[::1]:8080" }`, false},
		{"elsewhere", elsewhere, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := parse(t, test.text).TokenRequired(); got != test.want {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}

// An executor that the agent found by itself counts as one that the site names.
func TestTokenRequiredByWhatIsFound(t *testing.T) {
	site := parse(t, "")
	if why := site.WhyToken("docker"); why != "" {
		t.Errorf("docker: %s", why)
	}
	if why := site.WhyToken("process"); !strings.Contains(why, "process") {
		t.Errorf("process: %q", why)
	}
	if why := parse(t, "http { require_token = false }").WhyToken("process"); why != "" {
		t.Errorf("said otherwise: %s", why)
	}
}

func TestSocket(t *testing.T) {
	for _, test := range []struct {
		name, text, runtime string
		want                Socket
		path                string
	}{
		{"nothing is said", "", "", Socket{}, "/s/data/agent.sock"},
		{"a folder from systemd", "", "/run/raddeploy:/run/other", Socket{Path: "/run/raddeploy/agent.sock", Shared: true}, "/run/raddeploy/agent.sock"},
		{"the site's path counts before that", `http { socket = "a.sock" }`, "/run/raddeploy", Socket{Path: "/s/a.sock"}, "/s/a.sock"},
		{"a group", `http { socket_group = "radops" }`, "", Socket{Shared: true, Group: "radops"}, "/s/data/agent.sock"},
	} {
		t.Run(test.name, func(t *testing.T) {
			site, diagnostics := Parse("/s/site.hcl", []byte(test.text), func(name string) (string, bool) {
				return test.runtime, name == "RUNTIME_DIRECTORY" && test.runtime != ""
			})
			if err := diagnostics.Err(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, site.HTTP.Socket); diff != "" || site.Socket() != test.path {
				t.Errorf("%s, at %s", diff, site.Socket())
			}
		})
	}
}

func TestOIDC(t *testing.T) {
	site := parse(t, `http {
  oidc {
    issuer             = "https://login.example.org/realms/hospital"
    client_id          = "raddeploy"
    client_secret_file = "oidc.secret"
    url                = "https://rad.example.org:8443"
    roles {
      viewer = ["*"]
      admin  = ["it"]
    }
  }
}`)
	want := &OIDC{
		Issuer: "https://login.example.org/realms/hospital", ClientID: "raddeploy", ClientSecretFile: "/s/oidc.secret", URL: "https://rad.example.org:8443",
		Scopes: []string{"openid", "profile", "email"}, RoleClaim: "groups", Lasts: time.Hour, Viewers: []string{"*"}, Admins: []string{"it"},
	}
	if diff := cmp.Diff(want, site.HTTP.OIDC); diff != "" {
		t.Error(diff)
	}
}

// What would let others in, or nobody, is refused when the file is read.
func TestHTTPThatIsRefused(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"elsewhere without TLS", `http { listen = "0.0.0.0:8080" }`, "is reached from elsewhere, and tokens"},
		{"all addresses", `http { listen = ":8080" }`, "is reached from elsewhere, and tokens"},
		{"a name", `http { listen = "rad.example.org:8080" }`, "is reached from elsewhere, and tokens"},
		{"elsewhere for everybody", "http {\n listen = \"0.0.0.0:8080\"\n require_token = false\n tls {\n cert_file = \"a\"\n key_file = \"b\"\n }\n}", "where everybody needs a token"},
		{"an issuer that is no URL", "http {\n oidc { issuer = \"login\" }\n}", "this is not a URL"},
		{"an issuer without TLS", "http {\n oidc { issuer = \"http://login.example.org\" }\n}", "this is not a URL"},
		{"a proxy, and everybody may", "http {\n require_token = false\n trusted_proxies = [\"10.0.0.1\"]\n}", "passes on requests from elsewhere"},
		{"a proxy without an address", `http { trusted_proxies = ["proxy"] }`, "proxy"},
		{"a login for ever", "http {\n oidc {\n issuer = \"https://a\"\n client_id = \"b\"\n url = \"https://c\"\n lasts = \"30d\"\n roles { viewer = [\"*\"] }\n }\n}", "between 1m and 24h"},
		{"nobody has a role", "http {\n oidc {\n issuer = \"https://a\"\n client_id = \"b\"\n url = \"https://c\"\n }\n}", "oidc needs roles"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, diagnostics := Parse("/s/site.hcl", []byte(test.text), nil)
			if err := diagnostics.Err(); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}
