package agent

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/run"
)

// serverTLS is how associations with us are secured, by BCP 195 (PS3.15 §B.9): TLS 1.2 or newer, with client certificates if the site
// names who signs them. Nil: they are not.
func serverTLS(c *config.ServerTLS) (*tls.Config, error) {
	if c == nil {
		return nil, nil
	}
	certificate, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("dicom { tls }: %w", err)
	}
	t := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}}
	if c.ClientCAFile != "" {
		if t.ClientCAs, err = authorities(c.ClientCAFile); err != nil {
			return nil, fmt.Errorf("dicom { tls }: %w", err)
		}
		t.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return t, nil
}

// clientTLS is how associations with a destination are secured. The files are read for each association, so that a renewed certificate
// counts at once.
func (a *Agent) clientTLS(to run.Destination) (*tls.Config, error) {
	for _, d := range a.site.Destinations {
		if d.Name != to.Name || d.TLS == nil {
			continue
		}
		t := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: d.TLS.ServerName}
		if d.TLS.CAFile != "" {
			var err error
			if t.RootCAs, err = authorities(d.TLS.CAFile); err != nil {
				return nil, fmt.Errorf("destination %s: %w", d.Name, err)
			}
		}
		if d.TLS.CertFile != "" {
			certificate, err := tls.LoadX509KeyPair(d.TLS.CertFile, d.TLS.KeyFile)
			if err != nil {
				return nil, fmt.Errorf("destination %s: %w", d.Name, err)
			}
			t.Certificates = []tls.Certificate{certificate}
		}
		return t, nil
	}
	return nil, nil
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
