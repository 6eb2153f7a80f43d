package config

import (
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/core/lang"
)

func (d *decoder) destination(p lang.Pair, s *Site) {
	if !d.labels(p, 1, 1, `destination "pacs" { … }`) {
		return
	}
	to := Destination{Name: p.Labels[0].Text, CommitWithin: byDefault, CommitWait: byDefault}
	if _, twice := s.Destinations.Named(to.Name); twice {
		d.Errorf(p.Labels[0].Range, "give each a name of its own", "there are two destinations %s", to.Name)
	}
	before := len(d.Diagnostics)
	prefix := envPrefix + "DESTINATION_" + variableName(to.Name) + "_"
	d.settings(p.Value, "a destination", prefix, []setting{
		d.text("host", &to.Host, notEmpty),
		d.number("port", 1, 65535, &to.Port),
		d.aeTitle("ae_title", &to.AETitle),
		d.aeTitle("calling_ae", &to.CallingAE),
		d.duration("connect_timeout", &to.ConnectTimeout),
		d.duration("timeout", &to.Timeout),
		d.duration("release_timeout", &to.ReleaseTimeout),
		d.number("max_pdu", 4096, 1<<24, &to.MaxPDU),
		d.truth("decompress", &to.Decompress),
		d.number("associations", 1, maxSending, &to.Associations),
		d.truth("commitment", &to.Commitment),
		d.duration("commit_within", &to.CommitWithin),
		d.duration("commit_wait", &to.CommitWait),
	}, block{"tls", func(p lang.Pair) { to.TLS = d.clientTLS(p, prefix) }})
	d.committing(p, &to)
	if len(d.Diagnostics) == before && (to.Host == "" || to.Port == 0 || to.AETitle == "") {
		d.Errorf(p.At, "give host, port and ae_title", "destination %s has no %s", to.Name, missing(to))
	}
	s.Destinations = append(s.Destinations, to)
}

func (d *decoder) clientTLS(p lang.Pair, prefix string) *ClientTLS {
	t := &ClientTLS{}
	d.settings(p.Value, "tls", prefix+"TLS_", []setting{
		d.path("ca_file", &t.CAFile), d.path("cert_file", &t.CertFile), d.path("key_file", &t.KeyFile),
		d.text("server_name", &t.ServerName),
	})
	if (t.CertFile == "") != (t.KeyFile == "") {
		d.Errorf(p.At, "give both or none", "a certificate needs its key")
	}
	return t
}

// committing gives what storage commitment needs its defaults.
func (d *decoder) committing(p lang.Pair, to *Destination) {
	switch {
	case !to.Commitment && (to.CommitWithin != byDefault || to.CommitWait != byDefault):
		d.Errorf(p.At, "add commitment = true, or remove them", "commit_within and commit_wait of destination %s mean nothing without commitment", to.Name)
	case to.CommitWithin == 0:
		d.Errorf(p.At, `write a time such as "6h"`, "commit_within of destination %s has to be more than 0", to.Name)
	}
	for value, fallback := range map[*time.Duration]time.Duration{&to.CommitWithin: DefaultCommitWithin, &to.CommitWait: DefaultCommitWait} {
		if *value == byDefault && to.Commitment {
			*value = fallback
		} else if *value == byDefault {
			*value = 0
		}
	}
}

// reporters warns of a destination whose reports no peer block would admit.
func (d *decoder) reporters(p lang.Pair, s *Site) {
	for _, to := range s.Destinations {
		if to.Commitment && len(p.Labels) == 1 && p.Labels[0].Text == to.Name && !s.DICOM.admits(to.AETitle) {
			d.Warnf(p.At, fmt.Sprintf("add a peer with ae_title = %q, and the addresses that it has", to.AETitle),
				"no peer of the site is called %s: an association on which it reports storage commitment would be rejected", to.AETitle)
		}
	}
}

// maxSending is the most associations at once that a destination may be given.
const maxSending = 64

func missing(to Destination) string {
	switch {
	case to.Host == "":
		return "host"
	case to.Port == 0:
		return "port"
	}
	return "ae_title"
}
