package engine

import (
	"errors"
	"testing"
)

func TestRegistryAway(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]bool{
		`Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host`: true,
		`net/http: request canceled while waiting for connection (Client.Timeout exceeded)`:           true,
		`manifest for 127.0.0.1:5000/no/such:image not found: manifest unknown`:                       false,
		`pull access denied for private, repository does not exist or may require 'docker login'`:     false,
	} {
		if got := registryAway(errors.New(said)); got != want {
			t.Errorf("%s: %v", said, got)
		}
	}
}
