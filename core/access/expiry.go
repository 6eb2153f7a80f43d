package access

import (
	"crypto/tls"
	"time"

	"github.com/raddeploy/raddeploy/core/config"
)

// Certificate is one that this site shows to its peers.
type Certificate struct {
	Of      string // dicom, or such as: listener tls, destination pacs
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
	c.Expires = leaf.NotAfter
	says := func(what string, at time.Time, advice string) {
		c.Problem = "the certificate of " + of + " " + what + " " + at.Local().Format("2006-01-02 15:04") + ": " + advice
	}
	renew := "renew " + certFile + "; it is read without a restart"
	switch {
	case now.After(leaf.NotAfter):
		says("has expired on", leaf.NotAfter, renew)
	case now.Before(leaf.NotBefore):
		says("is not valid before", leaf.NotBefore, "look at this host's clock")
	case leaf.NotAfter.Sub(now) < soon:
		says("expires on", leaf.NotAfter, renew)
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
