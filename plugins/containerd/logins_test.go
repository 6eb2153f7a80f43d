package containerd

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/raddeploy/raddeploy/plugins/internal/logins"
)

func TestLogins(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	write("docker-credential-test", "#!/bin/sh\nread registry\necho \"{\\\"Username\\\": \\\"me\\\", \\\"Secret\\\": \\\"for $registry\\\"}\"\n", 0o755)
	write("docker-credential-broken", "#!/bin/sh\nexit 1\n", 0o755)
	auths := write("auths", `{"auths": {"https://index.docker.io/v1/": {"auth": "YTpiOmM="}, "registry:5000": {"identitytoken": "t"}, "https://other.org": {"auth": "eDp5"}}}`, 0o600)
	helpers := write("helpers", `{"credHelpers": {"registry:5000": "test", "broken.org": "broken"}}`, 0o600)
	for name, test := range map[string]struct {
		file, registry string
		user, secret   string
	}{
		"docker's own registry":    {auths, "docker.io", "a", "b:c"},
		"by its other name":        {auths, "registry-1.docker.io", "a", "b:c"},
		"a token":                  {auths, "registry:5000", "", "t"},
		"written with its scheme":  {auths, "other.org", "x", "y"},
		"unknown":                  {auths, "unknown.org", "", ""},
		"a helper":                 {helpers, "registry:5000", "me", "for registry:5000"},
		"a helper that fails":      {helpers, "broken.org", "", ""},
		"no file":                  {filepath.Join(folder, "none"), "docker.io", "", ""},
		"a file that is something": {write("junk", "junk", 0o600), "docker.io", "", ""},
	} {
		if user, secret := credentials(logins.Open(test.file), test.registry); user != test.user || secret != test.secret {
			t.Errorf("%s: got %q and %q, want %q and %q", name, user, secret, test.user, test.secret)
		}
	}
}
