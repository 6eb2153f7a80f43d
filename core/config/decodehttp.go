package config

import (
	"errors"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/lang"
)

func (d *decoder) http(n *lang.Node, h *HTTP) {
	const prefix = envPrefix + "HTTP_"
	listen, place := at(d.listen("listen", &h.Listen))
	var required bool
	require, requirePlace := at(d.truth("require_token", &required))
	trusted, trustedPlace := at(d.prefixes("trusted_proxies", &h.TrustedProxies))
	d.settings(n, "http", prefix, []setting{
		listen, require,
		d.text("url", &h.URL, isURL),
		d.path("socket", &h.Socket.Path),
		d.text("socket_group", &h.Socket.Group, notEmpty),
		trusted,
	},
		block{"tls", func(p lang.Pair) { h.TLS = d.serverTLS(p, prefix) }},
		block{"oidc", func(p lang.Pair) { h.OIDC = d.oidc(p, prefix) }},
	)
	listenAt, requireAt := *place, *requirePlace
	if requireAt.Source != nil {
		h.RequireToken = &required
	}
	if h.RequireToken != nil && !required && len(h.TrustedProxies) > 0 {
		d.Errorf(*trustedPlace, "leave require_token out: raddeploy token create makes a token", "a proxy passes on requests from elsewhere, and they need a token or a login")
	}
	d.runtimeDirectory(h)
	h.Socket.Shared = h.Socket.Shared || h.Socket.Group != ""
	if h.Loopback() || listenAt.Source == nil {
		return
	}
	if h.TLS == nil {
		d.Errorf(listenAt, `add tls { cert_file = … key_file = … }, or write "127.0.0.1:8080" and put a proxy with TLS before it`,
			"%q is reached from elsewhere, and tokens and patients' data would travel in the clear", h.Listen)
		h.Listen = Default("").HTTP.Listen
	}
	if h.RequireToken != nil && !required {
		d.Errorf(requireAt, "leave it out: raddeploy token create makes a token", "%q is reached from elsewhere, where everybody needs a token or a login", h.Listen)
	}
}

// at is a setting with the place where its value was read; no source: nowhere.
func at(s setting) (setting, *lang.Range) {
	place, read := new(lang.Range), s.read
	s.read = func(n *lang.Node, what string) {
		*place = n.Range
		read(n, what)
	}
	return s, place
}

// runtimeDirectory puts the socket where systemd has made a folder for it, for the
// members of the unit's group.
func (d *decoder) runtimeDirectory(h *HTTP) {
	if n := d.variable("RUNTIME_DIRECTORY", false); n != nil && n.Text != "" && h.Socket.Path == "" {
		first, _, _ := strings.Cut(n.Text, ":")
		h.Socket.Path, h.Socket.Shared = filepath.Join(first, "agent.sock"), true
	}
}

// loginLasts is how long a login at a provider counts unless the site says, and
// longestLogin how long it may say.
const (
	loginLasts   = time.Hour
	longestLogin = 24 * time.Hour
)

func (d *decoder) oidc(p lang.Pair, prefix string) *OIDC {
	o := &OIDC{RoleClaim: "groups", Lasts: loginLasts, Scopes: []string{"openid", "profile", "email"}}
	prefix += "OIDC_"
	lasts, lastsPlace := at(d.duration("lasts", &o.Lasts))
	d.settings(p.Value, "oidc", prefix, []setting{
		d.text("issuer", &o.Issuer, isURL),
		d.text("client_id", &o.ClientID, notEmpty),
		d.path("client_secret_file", &o.ClientSecretFile),
		d.text("url", &o.URL, isURL),
		d.texts("scopes", &o.Scopes),
		d.path("ca_file", &o.CAFile),
		d.text("role_claim", &o.RoleClaim, notEmpty),
		lasts,
	}, block{"roles", func(p lang.Pair) {
		d.settings(p.Value, "roles", prefix+"ROLES_", []setting{
			d.texts("viewer", &o.Viewers), d.texts("operator", &o.Operators), d.texts("admin", &o.Admins),
		})
	}})
	if o.Lasts < time.Minute || o.Lasts > longestLogin {
		d.Errorf(*lastsPlace, `write a time such as "1h"`, "lasts has to be between 1m and 24h")
	}
	for _, missing := range []struct {
		is   bool
		what string
	}{
		{o.Issuer == "", "issuer"}, {o.ClientID == "", "client_id"}, {o.URL == "", "url"},
		{len(o.Viewers)+len(o.Operators)+len(o.Admins) == 0, "roles"},
	} {
		if missing.is {
			d.Errorf(p.At, "see Logins in docs/security.md", "oidc needs %s", missing.what)
		}
	}
	return o
}

// isURL takes what a browser can be sent to: without TLS only this host.
func isURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Scheme == "http" && !isLoopbackHost(u.Hostname()) || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("this is not a URL such as https://rad.example.org:8443")
	}
	return nil
}
