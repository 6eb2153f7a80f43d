package access

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

	"github.com/raddeploy/raddeploy/core/config"
)

// ServerTLS is how associations with us are secured: by the profile that the site
// chose, with client certificates if it names who signs them. Nil: they are not.
func ServerTLS(c *config.ServerTLS) (*tls.Config, error) {
	if c == nil {
		return nil, nil
	}
	certificate, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	t := secured(c.Profile)
	t.Certificates = []tls.Certificate{certificate}
	if c.ClientCAFile != "" {
		if t.ClientCAs, err = authorities(c.ClientCAFile); err != nil {
			return nil, fmt.Errorf("tls: %w", err)
		}
		t.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return t, nil
}

// ClientTLS is how associations that this side requests are secured, by BCP 195.
// Nil: they are not. The files are read at each call, so that a renewed certificate
// counts at once.
func ClientTLS(c *config.ClientTLS) (t *tls.Config, err error) {
	if c == nil {
		return nil, nil
	}
	t = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.ServerName}
	if c.CAFile != "" {
		if t.RootCAs, err = authorities(c.CAFile); err != nil {
			return nil, err
		}
	}
	if c.CertFile != "" || c.KeyFile != "" {
		certificate, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
		if err != nil {
			return nil, err
		}
		t.Certificates = []tls.Certificate{certificate}
	}
	return t, nil
}

func authorities(path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate in PEM", path)
	}
	return pool, nil
}
