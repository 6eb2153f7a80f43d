package access

import (
	"crypto/tls"
	"slices"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/config"
)

// HTTPS is how the HTTP listener is secured. Changed certificate files count for
// the next connection. Nil: it is not.
func HTTPS(c *config.ServerTLS, logger hclog.Logger) (*tls.Config, error) {
	t, err := renewedTLS(c, logger)
	if t == nil || err != nil {
		return nil, err
	}
	now := t.GetConfigForClient
	protocols := []string{"h2", "http/1.1"}
	t.NextProtos = protocols
	t.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		current, err := now(hello)
		if err != nil {
			return nil, err
		}
		current = current.Clone()
		current.NextProtos = slices.Clone(protocols)
		return current, nil
	}
	return t, nil
}
