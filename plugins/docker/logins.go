package docker

import (
	"strings"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/api"
	"github.com/raddeploy/raddeploy/plugins/internal/logins"
)

// credentials returns what opens the registry of an image, or the zero value.
func credentials(from logins.Logins, image string) api.Credentials {
	registry := registryOf(image)
	found := from.Find(registry)
	if found == (logins.Credentials{}) {
		return api.Credentials{}
	}
	return api.Credentials{Username: found.Username, Password: found.Password, IdentityToken: found.Token, Registry: registry}
}

// registryOf returns the registry that an image's name begins with: its first
// part, if that can be a host.
func registryOf(image string) string {
	host, _, more := strings.Cut(image, "/")
	if !more || (!strings.ContainsAny(host, ".:") && host != "localhost") || host == "docker.io" {
		return logins.DockerHub
	}
	return host
}
