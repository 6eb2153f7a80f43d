package config

import "github.com/raddeploy/raddeploy/core/lang"

func (d *decoder) destination(p lang.Pair, s *Site) {
	if !d.labels(p, 1, 1, `destination "pacs" { … }`) {
		return
	}
	to := Destination{Name: p.Labels[0].Text}
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
	}, block{"tls", func(p lang.Pair) {
		to.TLS = &ClientTLS{}
		d.settings(p.Value, "tls", prefix+"TLS_", []setting{
			d.path("ca_file", &to.TLS.CAFile), d.path("cert_file", &to.TLS.CertFile), d.path("key_file", &to.TLS.KeyFile),
			d.text("server_name", &to.TLS.ServerName),
		})
		if (to.TLS.CertFile == "") != (to.TLS.KeyFile == "") {
			d.Errorf(p.At, "give both or none", "a certificate needs its key")
		}
	}})
	if len(d.Diagnostics) == before && (to.Host == "" || to.Port == 0 || to.AETitle == "") {
		d.Errorf(p.At, "give host, port and ae_title", "destination %s has no %s", to.Name, missing(to))
	}
	s.Destinations = append(s.Destinations, to)
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
