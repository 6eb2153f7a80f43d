package access

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/run"
)

// toSite are destinations as they are dialled.
type toSite config.Destinations

// TLS is how an association with one is secured.
func (s toSite) TLS(to run.Destination) (*tls.Config, error) {
	dialer, _, err := Outward{Destinations: func() config.Destinations { return config.Destinations(s) }}.Dialer(to)
	if err != nil {
		return nil, err
	}
	return dialer.TLS, nil
}

// Somebody who configures TLS and mistypes a file gets no plain association
// instead.
func TestTLSFilesThatDoNotServe(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ServerTLS(&config.ServerTLS{CertFile: empty, KeyFile: empty}); err == nil {
		t.Error("an empty certificate was taken")
	}
	site := toSite{{Name: "plain"}, {Name: "secured", TLS: &config.ClientTLS{CAFile: empty}}}
	if c, err := site.TLS(run.Destination{Name: "secured"}); err == nil || !strings.Contains(err.Error(), "holds no certificate") {
		t.Errorf("an empty CA file: got %v, %v", c, err)
	}
	if c, err := site.TLS(run.Destination{Name: "renamed"}); err == nil {
		t.Errorf("a destination that the site no longer has: got %v", c)
	}
	if c, err := site.TLS(run.Destination{AETitle: "secured"}); c != nil || err != nil {
		t.Errorf("a flow's own host and port: got %v, %v", c, err)
	}
	if c, err := site.TLS(run.Destination{Name: "plain"}); c != nil || err != nil {
		t.Errorf("a destination without TLS: got %v, %v", c, err)
	}
}

// Whom a listener and a destination trust is shown by handshakes: a configuration
// can look right and let anybody in.
func TestHandshakes(t *testing.T) {
	dir := t.TempDir()
	ours, theirs := newAuthority(t, dir, "ours"), newAuthority(t, dir, "theirs")
	pacs, pacsKey := ours.issue("pacs")
	client, clientKey := ours.issue("client")
	stranger, strangerKey := theirs.issue("stranger")

	open := &config.ServerTLS{CertFile: pacs, KeyFile: pacsKey}
	closed := &config.ServerTLS{CertFile: pacs, KeyFile: pacsKey, ClientCAFile: ours.file}
	for _, test := range []struct {
		name   string
		server *config.ServerTLS
		client config.ClientTLS
		host   string // that the destination names
		// what each side says; "": it is content
		serverSays, clientSays string
	}{
		{name: "the authority is known", server: open, client: config.ClientTLS{CAFile: ours.file}, host: "pacs"},
		{name: "by address", server: open, client: config.ClientTLS{CAFile: ours.file}, host: "127.0.0.1"},
		{
			name: "an authority that the client does not know", server: open, client: config.ClientTLS{CAFile: theirs.file}, host: "pacs",
			serverSays: "bad certificate", clientSays: "unknown authority",
		},
		{
			name: "the system's authorities", server: open, host: "pacs",
			serverSays: "bad certificate", clientSays: "unknown authority",
		},
		{
			name: "another host", server: open, client: config.ClientTLS{CAFile: ours.file}, host: "other",
			serverSays: "bad certificate", clientSays: "not other",
		},
		{name: "a server name for another host", server: open, client: config.ClientTLS{CAFile: ours.file, ServerName: "pacs"}, host: "other"},
		{
			name: "a client without a certificate", server: closed, client: config.ClientTLS{CAFile: ours.file}, host: "pacs",
			serverSays: "didn't provide a certificate", clientSays: "certificate required",
		},
		{
			name: "a client of another authority", server: closed,
			client: config.ClientTLS{CAFile: ours.file, CertFile: stranger, KeyFile: strangerKey}, host: "pacs",
			// it does not even show a certificate that the server has not asked for
			serverSays: "certificate", clientSays: "certificate",
		},
		{name: "a client of ours", server: closed, client: config.ClientTLS{CAFile: ours.file, CertFile: client, KeyFile: clientKey}, host: "pacs"},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, err := ServerTLS(test.server)
			if err != nil {
				t.Fatal(err)
			}
			site := toSite{{Name: "pacs", TLS: &test.client}}
			client, err := site.TLS(run.Destination{Name: "pacs"})
			if err != nil {
				t.Fatal(err)
			}
			version, serverErr, clientErr := handshake(t, server, client, test.host)
			for _, side := range []struct {
				name, want string
				got        error
			}{{"server", test.serverSays, serverErr}, {"client", test.clientSays, clientErr}} {
				if (side.got == nil) != (side.want == "") || side.got != nil && !strings.Contains(side.got.Error(), side.want) {
					t.Errorf("the %s says %v, want %q", side.name, side.got, side.want)
				}
			}
			if clientErr == nil && version < tls.VersionTLS12 {
				t.Errorf("version %x", version)
			}
		})
	}
}

func TestOldVersionsOfTLSAreRefused(t *testing.T) {
	dir := t.TempDir()
	ours := newAuthority(t, dir, "ours")
	certificate, key := ours.issue("pacs")
	server, err := ServerTLS(&config.ServerTLS{CertFile: certificate, KeyFile: key})
	if err != nil {
		t.Fatal(err)
	}
	client, err := ClientTLS(&config.ClientTLS{CAFile: ours.file})
	if err != nil {
		t.Fatal(err)
	}
	old := func(c *tls.Config) *tls.Config {
		c = c.Clone()
		c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
		return c
	}
	if _, _, err := handshake(t, server, old(client), "pacs"); err == nil {
		t.Error("a client of TLS 1.1 is let in")
	}
	if _, _, err := handshake(t, old(server), client, "pacs"); err == nil {
		t.Error("a destination of TLS 1.1 is sent to")
	}
}

// A certificate without its own key, and files that are not there, are errors
// that name the place in the site's configuration.
func TestTLSFilesThatDoNotFit(t *testing.T) {
	dir := t.TempDir()
	ours := newAuthority(t, dir, "ours")
	certificate, key := ours.issue("pacs")
	_, otherKey := ours.issue("other")
	missing := filepath.Join(dir, "missing.pem")
	for _, test := range []struct {
		name   string
		server *config.ServerTLS
		client *config.ClientTLS
		want   []string
	}{
		{"the listener's wrong key", &config.ServerTLS{CertFile: certificate, KeyFile: otherKey}, nil, []string{"tls: ", "private key"}},
		{"the listener's missing key", &config.ServerTLS{CertFile: certificate, KeyFile: missing}, nil, []string{"tls: ", missing}},
		{"the listener's missing authority", &config.ServerTLS{CertFile: certificate, KeyFile: key, ClientCAFile: missing}, nil, []string{"tls: ", missing}},
		{"a key for the listener's authority", &config.ServerTLS{CertFile: certificate, KeyFile: key, ClientCAFile: key}, nil, []string{"tls: ", "holds no certificate"}},
		{"the wrong key", nil, &config.ClientTLS{CertFile: certificate, KeyFile: otherKey}, []string{"destination pacs: ", "private key"}},
		{"a missing certificate", nil, &config.ClientTLS{CertFile: missing, KeyFile: key}, []string{"destination pacs: ", missing}},
		{"a missing authority", nil, &config.ClientTLS{CAFile: missing}, []string{"destination pacs: ", missing}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ServerTLS(test.server)
			if test.client != nil {
				got, err = toSite{{Name: "pacs", TLS: test.client}}.TLS(run.Destination{Name: "pacs"})
			}
			if err == nil || got != nil {
				t.Fatalf("got %v, %v", got, err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %v, want one with %q", err, want)
				}
			}
		})
	}
	if got, err := ServerTLS(nil); got != nil || err != nil {
		t.Errorf("without TLS: got %v, %v", got, err)
	}
}

// A renewed certificate counts from the next association on.
func TestARenewedCertificateCounts(t *testing.T) {
	dir := t.TempDir()
	ours := newAuthority(t, dir, "ours")
	certificate, key := ours.issue("client")
	site := toSite{{Name: "pacs", TLS: &config.ClientTLS{CertFile: certificate, KeyFile: key}}}
	var serials []string
	for range 2 {
		c, err := site.TLS(run.Destination{Name: "pacs"})
		if err != nil {
			t.Fatal(err)
		}
		serials = append(serials, c.Certificates[0].Leaf.SerialNumber.String())
		ours.issue("client")
	}
	if serials[0] == serials[1] {
		t.Error("the old certificate is shown")
	}
}
