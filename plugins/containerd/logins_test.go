package containerd

import (
	"testing"

	"github.com/raddeploy/raddeploy/plugins/internal/logins"
	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
)

func TestLogins(t *testing.T) {
	files := sitetest.WriteLogins(t)
	for name, test := range map[string]struct {
		file, registry string
		user, secret   string
	}{
		"docker's own registry":    {files.Auths, "docker.io", "a", "b:c"},
		"by its other name":        {files.Auths, "registry-1.docker.io", "a", "b:c"},
		"a token":                  {files.Auths, "registry:5000", "", "t"},
		"written with its scheme":  {files.Auths, "other.org", "x", "y"},
		"unknown":                  {files.Auths, "unknown.org", "", ""},
		"a helper":                 {files.Helpers, "registry:5000", "me", "for registry:5000"},
		"a helper that fails":      {files.Helpers, "broken.org", "", ""},
		"no file":                  {files.Missing, "docker.io", "", ""},
		"a file that is something": {files.Junk, "docker.io", "", ""},
	} {
		if user, secret := credentials(logins.Open(test.file), test.registry); user != test.user || secret != test.secret {
			t.Errorf("%s: got %q and %q, want %q and %q", name, user, secret, test.user, test.secret)
		}
	}
}
