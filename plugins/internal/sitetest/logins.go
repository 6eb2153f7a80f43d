package sitetest

import (
	"os"
	"path/filepath"
	"testing"
)

// Logins are files such as docker login writes, and two credential helpers on
// the PATH: one answers, one fails.
type Logins struct{ Auths, Helpers, Junk, Missing string }

// WriteLogins writes logins for Docker's own registry, registry:5000, other.org
// and broken.org.
func WriteLogins(t *testing.T) Logins {
	t.Helper()
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
	return Logins{
		Auths:   write("auths", `{"auths": {"https://index.docker.io/v1/": {"auth": "YTpiOmM="}, "registry:5000": {"identitytoken": "t"}, "https://other.org": {"auth": "eDp5"}}}`, 0o600),
		Helpers: write("helpers", `{"credHelpers": {"registry:5000": "test", "broken.org": "broken"}}`, 0o600),
		Junk:    write("junk", "junk", 0o600),
		Missing: filepath.Join(folder, "none"),
	}
}
