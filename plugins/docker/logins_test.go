package docker

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/api"
	"github.com/raddeploy/raddeploy/plugins/internal/logins"
	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
)

func TestLogins(t *testing.T) {
	files := sitetest.WriteLogins(t)
	for name, test := range map[string]struct {
		file, image string
		want        api.Credentials
	}{
		"docker's own registry":    {files.Auths, "busybox", api.Credentials{Username: "a", Password: "b:c", Registry: logins.DockerHub}},
		"a token":                  {files.Auths, "registry:5000/a/b", api.Credentials{IdentityToken: "t", Registry: "registry:5000"}},
		"written with its scheme":  {files.Auths, "other.org/a", api.Credentials{Username: "x", Password: "y", Registry: "other.org"}},
		"unknown":                  {files.Auths, "unknown.org/a", api.Credentials{}},
		"a helper":                 {files.Helpers, "registry:5000/a", api.Credentials{Username: "me", Password: "for registry:5000", Registry: "registry:5000"}},
		"a helper that fails":      {files.Helpers, "broken.org/a", api.Credentials{}},
		"no file":                  {files.Missing, "busybox", api.Credentials{}},
		"a file that is something": {files.Junk, "busybox", api.Credentials{}},
	} {
		if diff := cmp.Diff(test.want, credentials(logins.Open(test.file), test.image)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
