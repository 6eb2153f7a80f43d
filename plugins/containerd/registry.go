package containerd

import (
	"context"
	"net/http"
	"time"

	"github.com/containerd/containerd/v2/core/remotes/docker"
	"github.com/containerd/containerd/v2/core/remotes/docker/config"

	"github.com/raddeploy/raddeploy/plugins/internal/logins"
)

// answerWithin is how long a registry that took a request may think about it.
const answerWithin = time.Minute

// registryHosts tells how registries are reached: as their folders in
// registry_hosts say, by HTTPS else. A registry on this host may speak plain
// HTTP.
func registryHosts(c *Config) docker.RegistryHosts {
	from := logins.Open(c.RegistryConfig)
	return config.ConfigureHosts(context.Background(), config.HostOptions{
		HostDir: config.HostDirFromRoot(c.RegistryHosts),
		Credentials: func(host string) (string, string, error) {
			user, secret := credentials(from, host)
			return user, secret, nil
		},
		UpdateClient: func(client *http.Client) error {
			if transport, ok := client.Transport.(*http.Transport); ok {
				transport.ResponseHeaderTimeout = answerWithin
			}
			return nil
		},
	})
}

// credentials returns what opens a registry at an address: a name and a
// password, or a token alone.
func credentials(from logins.Logins, host string) (user, secret string) {
	if host == "docker.io" || host == "registry-1.docker.io" {
		host = logins.DockerHub
	}
	found := from.Find(host)
	if found.Token != "" {
		return "", found.Token
	}
	return found.Username, found.Password
}
