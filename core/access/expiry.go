package access

import (
	"crypto/tls"
	"crypto/x509"
	"time"

	"github.com/raddeploy/raddeploy/core/config"
)

// Certificate is one that this site shows to its peers.
type Certificate struct {
	Of      string // such as: dicom, listener "tls", destination "pacs"
	File    string
	Expires time.Time // zero: it cannot be read
	Problem string    // "": it serves; for people
}

// soon is how long before its end a certificate is a problem.
const soon = 30 * 24 * time.Hour

// Certificates are those that a site's listeners and destinations show, as their
// files are at the moment.
func Certificates(site *config.Site, now time.Time) []Certificate {
	var all []Certificate
	add := func(of, certFile, keyFile string) {
		all = append(all, certificate(of, certFile, keyFile, now))
	}
	for _, l := range site.DICOM.All() {
		if l.TLS != nil {
			add(nameOf(l), l.TLS.CertFile, l.TLS.KeyFile)
		}
	}
	for _, to := range site.Destinations {
		if to.TLS != nil && to.TLS.CertFile != "" {
			add("destination "+to.Name, to.TLS.CertFile, to.TLS.KeyFile)
		}
	}
	return all
}

func certificate(of, certFile, keyFile string, now time.Time) Certificate {
	c := Certificate{Of: of, File: certFile}
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		c.Problem = "the certificate of " + of + " cannot be read: " + err.Error()
		return c
	}
	leaf := pair.Leaf
	if leaf == nil {
		if leaf, err = x509.ParseCertificate(pair.Certificate[0]); err != nil {
			c.Problem = "the certificate of " + of + " cannot be read: " + err.Error()
			return c
		}
	}
	c.Expires = leaf.NotAfter
	day := leaf.NotAfter.Local().Format("2006-01-02 15:04")
	switch {
	case now.After(leaf.NotAfter):
		c.Problem = "the certificate of " + of + " has expired on " + day + ": renew " + certFile + "; it is read without a restart"
	case now.Before(leaf.NotBefore):
		c.Problem = "the certificate of " + of + " is not valid before " + leaf.NotBefore.Local().Format("2006-01-02 15:04") + ": look at this host's clock"
	case leaf.NotAfter.Sub(now) < soon:
		c.Problem = "the certificate of " + of + " expires on " + day + ": renew " + certFile + "; it is read without a restart"
	}
	return c
}

// nameOf names a listener as its block does.
func nameOf(l config.Listener) string {
	if l.Name == "" {
		return "dicom"
	}
	return "listener " + l.Name
}
