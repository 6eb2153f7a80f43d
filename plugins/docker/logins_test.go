package docker

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/engine"
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
		file, image string
		want        engine.Credentials
	}{
		"docker's own registry":    {auths, "busybox", engine.Credentials{Username: "a", Password: "b:c", Registry: logins.DockerHub}},
		"a token":                  {auths, "registry:5000/a/b", engine.Credentials{IdentityToken: "t", Registry: "registry:5000"}},
		"written with its scheme":  {auths, "other.org/a", engine.Credentials{Username: "x", Password: "y", Registry: "other.org"}},
		"unknown":                  {auths, "unknown.org/a", engine.Credentials{}},
		"a helper":                 {helpers, "registry:5000/a", engine.Credentials{Username: "me", Password: "for registry:5000", Registry: "registry:5000"}},
		"a helper that fails":      {helpers, "broken.org/a", engine.Credentials{}},
		"no file":                  {filepath.Join(folder, "none"), "busybox", engine.Credentials{}},
		"a file that is something": {write("junk", "junk", 0o600), "busybox", engine.Credentials{}},
	} {
		if diff := cmp.Diff(test.want, credentials(logins.Open(test.file), test.image)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
