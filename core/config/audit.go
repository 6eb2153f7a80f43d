package config

import "github.com/raddeploy/raddeploy/core/lang"

// Audit is where the journal goes besides the state database.
type Audit struct {
	Syslog *Syslog // nil: nowhere
}

// Syslog is a syslog server that is reached over TLS.
type Syslog struct {
	Address string // host:port
	TLS     ClientTLS
}

func (d *decoder) audit(n *lang.Node, a *Audit) {
	d.settings(n, "audit", envPrefix+"AUDIT_", nil, block{"syslog", func(p lang.Pair) {
		s := &Syslog{}
		d.settings(p.Value, "syslog", envPrefix+"AUDIT_SYSLOG_", []setting{
			d.listen("address", &s.Address),
			d.path("ca_file", &s.TLS.CAFile), d.path("cert_file", &s.TLS.CertFile), d.path("key_file", &s.TLS.KeyFile),
			d.text("server_name", &s.TLS.ServerName, notEmpty),
		})
		if s.Address == "" {
			d.Errorf(p.At, `give address, such as "siem.example.org:6514"`, "syslog has no address")
		}
		a.Syslog = s
	}})
}
