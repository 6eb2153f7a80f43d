package config

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/lang"
)

func (d *decoder) dicom(n *lang.Node, c *DICOM) {
	const prefix = envPrefix + "DICOM_"
	title := d.aeTitle("ae_title", &c.AETitle)
	title.env = "AE_TITLE"
	skip := func(lang.Pair) {}
	d.settings(n, "dicom", prefix, []setting{
		title,
		d.listen("listen", &c.Listen),
		d.truth("check_called_ae", &c.CheckCalledAE),
		d.aeTitles("called_ae_titles", &c.CalledAETitles),
		d.number("max_associations", 1, 10_000, &c.MaxAssociations),
		d.number("max_pdu", 4096, 1<<24, &c.MaxPDU),
		d.duration("idle_timeout", &c.IdleTimeout),
		d.number("source_port", 0, 65535, &c.SourcePort),
		d.oneOf("on_abort", (*string)(&c.OnAbort), string(Hold), string(Process), string(Discard)),
	},
		block{"complete", skip},
		block{"tls", func(p lang.Pair) { c.TLS = d.serverTLS(p, prefix) }},
		block{"listener", func(p lang.Pair) { d.listener(p, c) }},
		block{"peer", func(p lang.Pair) { d.peer(p, c) }},
	)
	d.complete(n, prefix, &c.Complete)
	d.pythonListen(c)
	d.pythonPeers(c)
}

// pythonListen reads the address as the Python services name it.
func (d *decoder) pythonListen(c *DICOM) {
	if d.variable(envPrefix+"DICOM_LISTEN", false) != nil {
		return
	}
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return
	}
	name, number := d.variable("AE_HOSTNAME", false), d.variable("AE_PORT", false)
	if name != nil {
		host = name.Text
	}
	if number != nil {
		if _, ok := d.Int(number, "AE_PORT", 0, 65535); ok {
			port = number.Text
		}
	}
	c.Listen = net.JoinHostPort(host, port)
}

// pythonPeers reads the lists of the Python services: the white list's
// addresses alone are admitted, and the black list then means nothing.
func (d *decoder) pythonPeers(c *DICOM) {
	if white := d.hosts("AE_WHITELISTED_HOSTS"); white != nil {
		c.Peers = []Peer{{Name: "AE_WHITELISTED_HOSTS", Addresses: white}}
	} else if black := d.hosts("AE_BLACKLISTED_HOSTS"); black != nil {
		c.Peers = append(c.Peers, Peer{Name: "AE_BLACKLISTED_HOSTS", Addresses: black, Deny: true})
	}
}

// hosts reads a list of addresses, which may be null, none or empty.
func (d *decoder) hosts(variable string) []netip.Prefix {
	n := d.variable(variable, true)
	if n == nil || len(n.Items) == 1 && (strings.EqualFold(n.Items[0].Text, "null") || strings.EqualFold(n.Items[0].Text, "none")) {
		return nil
	}
	var list []netip.Prefix
	d.prefixes("addresses", &list).read(n, variable)
	return list
}

func (d *decoder) peer(p lang.Pair, c *DICOM) {
	if !d.labels(p, 1, 1, `peer "scanner" { … }`) {
		return
	}
	peer := Peer{Name: p.Labels[0].Text}
	for _, other := range c.Peers {
		if other.Name == peer.Name {
			d.Errorf(p.Labels[0].Range, "give each a name of its own", "there are two peers %s", peer.Name)
		}
	}
	before := len(d.Diagnostics)
	prefix := envPrefix + "DICOM_PEER_" + variableName(peer.Name) + "_"
	d.settings(p.Value, "a peer", prefix, []setting{
		d.aeTitle("ae_title", &peer.AETitle),
		d.prefixes("addresses", &peer.Addresses),
		d.truth("deny", &peer.Deny),
		d.aeTitles("called_ae_titles", &peer.CalledAETitles),
		d.number("max_associations", 1, 10_000, &peer.MaxAssociations),
	}, block{"commitment", func(p lang.Pair) { peer.Commitment = d.commitment(p, prefix+"COMMITMENT_", &peer) }})
	if len(d.Diagnostics) == before && peer.AETitle == "" && len(peer.Addresses) == 0 {
		d.Errorf(p.At, "give ae_title or addresses, or both", "peer %s would be anybody", peer.Name)
	}
	c.Peers = append(c.Peers, peer)
}

// commitment reads where a peer is told what is committed to.
func (d *decoder) commitment(p lang.Pair, prefix string, peer *Peer) *Commitment {
	c := &Commitment{}
	d.settings(p.Value, "commitment", prefix, []setting{
		d.text("host", &c.Host, notEmpty),
		d.number("port", 1, 65535, &c.Port),
		d.aeTitle("ae_title", &c.AETitle),
	}, block{"tls", func(p lang.Pair) { c.TLS = d.clientTLS(p, prefix) }})
	switch {
	case peer.Deny:
		d.Errorf(p.At, "remove one of them", "peer %s is denied, so that it cannot ask for storage commitment", peer.Name)
	case c.Port == 0 && (c.Host != "" || c.AETitle != "" || c.TLS != nil):
		d.Errorf(p.At, "give the port, too", "commitment of peer %s has no port", peer.Name)
	case c.Port == 0:
		d.Warnf(p.At, "give the port on which it listens, if it does",
			"peer %s has to keep its association open until it is told what is committed to: without a port it is told nowhere else", peer.Name)
	}
	return c
}

// listener reads a further listener.
func (d *decoder) listener(p lang.Pair, c *DICOM) {
	if !d.labels(p, 1, 1, `listener "tls" { … }`) {
		return
	}
	l := Listener{Name: p.Labels[0].Text}
	if slices.ContainsFunc(c.Listeners, func(other Listener) bool { return other.Name == l.Name }) {
		d.Errorf(p.Labels[0].Range, "give each a name of its own", "there are two listeners %s", l.Name)
	}
	before := len(d.Diagnostics)
	prefix := envPrefix + "DICOM_LISTENER_" + variableName(l.Name) + "_"
	d.settings(p.Value, "a listener", prefix, []setting{
		d.listen("listen", &l.Listen),
		d.truth("check_called_ae", &l.CheckCalledAE),
		d.aeTitles("called_ae_titles", &l.CalledAETitles),
	}, block{"tls", func(p lang.Pair) { l.TLS = d.serverTLS(p, prefix) }})
	if len(d.Diagnostics) == before && l.Listen == "" {
		d.Errorf(p.At, `give listen, such as "0.0.0.0:2762"`, "listener %s has no address", l.Name)
	}
	c.Listeners = append(c.Listeners, l)
}

func (d *decoder) serverTLS(p lang.Pair, prefix string) *ServerTLS {
	t := &ServerTLS{Profile: BCP195}
	d.settings(p.Value, "tls", prefix+"TLS_", []setting{
		d.path("cert_file", &t.CertFile), d.path("key_file", &t.KeyFile), d.path("client_ca_file", &t.ClientCAFile),
		d.oneOf("profile", (*string)(&t.Profile), string(BCP195), string(BCP195NonDowngrading), string(BCP195Extended)),
	})
	if t.CertFile == "" || t.KeyFile == "" {
		d.Errorf(p.At, "give cert_file and key_file", "tls needs a certificate and its key")
	}
	return t
}

func notEmpty(s string) error {
	if strings.TrimSpace(s) == "" {
		return errors.New("this is empty")
	}
	return nil
}

// variableName makes a block's label part of the name of an environment variable.
func variableName(label string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToUpper(label))
}
