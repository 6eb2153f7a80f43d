package containerd

import (
	"context"
	"net/http"
	"time"

	"github.com/containerd/containerd/v2/core/remotes/docker"
	"github.com/containerd/containerd/v2/core/remotes/docker/config"
)

// answerWithin is how long a registry that took a request may think about it.
const answerWithin = time.Minute

// registryHosts tells how registries are reached: as their folders in registry_hosts say, by HTTPS else. A registry on this host may speak
// plain HTTP.
func registryHosts(c *Config) docker.RegistryHosts {
	logins := loginsFrom(c.RegistryConfig)
	return config.ConfigureHosts(context.Background(), config.HostOptions{
		HostDir: config.HostDirFromRoot(c.RegistryHosts),
		Credentials: func(host string) (string, string, error) {
			found := logins.find(host)
			return found.user, found.secret, nil
		},
		UpdateClient: func(client *http.Client) error {
			if transport, ok := client.Transport.(*http.Transport); ok {
				transport.ResponseHeaderTimeout = answerWithin
			}
			return nil
		},
	})
}
