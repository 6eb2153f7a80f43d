package docker

import (
	"testing"

	"github.com/raddeploy/raddeploy/plugins/internal/logins"
)

func TestRegistryOf(t *testing.T) {
	t.Parallel()
	for image, want := range map[string]string{
		"busybox": logins.DockerHub, "busybox:latest": logins.DockerHub, "library/busybox": logins.DockerHub, "docker.io/library/busybox": logins.DockerHub,
		"localhost/x": "localhost", "127.0.0.1:5000/x:1": "127.0.0.1:5000", "registry.example.org/a/b@sha256:00": "registry.example.org",
	} {
		if got := registryOf(image); got != want {
			t.Errorf("%s: got %s, want %s", image, got, want)
		}
	}
}
