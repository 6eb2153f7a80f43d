package config

import (
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// HTTP is how the API and the pages are reached, and by whom.
type HTTP struct {
	Listen string // host:port
	Socket Socket
	URL    string // of the pages, as browsers have it, for links in messages; "": OIDC's, if there is that
	// RequireToken says whether requests over loopback need a token or a login, too;
	// nil: the site does not say. See [Site.TokenRequired].
	RequireToken *bool
	TLS          *ServerTLS // nil: no TLS
	OIDC         *OIDC      // nil: no logins but with a token
	// TrustedProxies are the addresses of proxies of the site, which say truly for
	// whom they ask (X-Forwarded-For).
	TrustedProxies []netip.Prefix
}

// Trusts reports whether an address is that of one of the site's proxies.
func (h *HTTP) Trusts(address netip.Addr) bool {
	return slices.ContainsFunc(h.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(address.Unmap().WithZone("")) })
}

// Socket is the unix socket for the command line.
type Socket struct {
	Path string // "": in the data folder, see [Site.Socket]
	// Shared says that members of a group may use it, and not the agent's own user
	// alone. Group is that group; "": the one that the agent runs with.
	Shared bool
	Group  string
}

// OIDC is where people log in: an OpenID provider.
type OIDC struct {
	Issuer           string // a URL, below which the provider's configuration is
	ClientID         string
	ClientSecretFile string // "": a public client
	URL              string // of the agent, as browsers have it, such as https://rad.example.org:8443
	Scopes           []string
	CAFile           string // who signs the provider's certificate; "": those that the host trusts
	// Lasts is how long a login counts. What changes at the provider counts after that
	// at the latest.
	Lasts time.Duration
	// RoleClaim is the claim of an ID token that has a person's groups. The others
	// are the groups that a role is given to; "*" is everybody who logs in.
	RoleClaim                  string
	Viewers, Operators, Admins []string
}

// Loopback reports whether only this host reaches the listener.
func (h *HTTP) Loopback() bool {
	host, _, _ := net.SplitHostPort(h.Listen)
	return isLoopbackHost(host)
}

func isLoopbackHost(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// PagesURL is where browsers find the pages, without a slash at its end; "": the
// site does not say.
func (h *HTTP) PagesURL() string {
	url := h.URL
	if url == "" && h.OIDC != nil {
		url = h.OIDC.URL
	}
	return strings.TrimRight(url, "/")
}

// Socket is the path of the unix socket. One that the site does not choose is in
// its data folder.
func (s *Site) Socket() string {
	if s.HTTP.Socket.Path != "" {
		return s.HTTP.Socket.Path
	}
	return filepath.Join(s.DataDir, "agent.sock")
}

// TokenRequired reports whether requests over TCP need a token or a login.
func (s *Site) TokenRequired() bool { return s.WhyToken() != "" }

// WhyToken says why requests over TCP need a token or a login; "": they do not. By
// default they do unless the listener is on loopback and no executor lets tasks use
// the host's network, over which they would reach it. Found are the plugins of
// executors that the agent found without a block of the site.
func (s *Site) WhyToken(found ...string) string {
	switch {
	case !s.HTTP.Loopback():
		return "http.listen is reached from elsewhere"
	case len(s.HTTP.TrustedProxies) > 0:
		return "a proxy passes on requests from elsewhere"
	case s.HTTP.RequireToken != nil && *s.HTTP.RequireToken:
		return "http.require_token says so"
	case s.HTTP.RequireToken != nil:
		return ""
	}
	for _, e := range s.Executors {
		if e.allowsHostNetwork() {
			return fmt.Sprintf("tasks of executor %q can use the host's network", e.Instance)
		}
	}
	for _, plugin := range found {
		if slices.Contains(onHostNetwork, plugin) {
			return fmt.Sprintf("tasks of executor %q can use the host's network", plugin)
		}
	}
	return ""
}

// WhyTokenByDefault says why requests over loopback need a token or a login though the
// site does not ask for it; "": it does, or they do not.
func (s *Site) WhyTokenByDefault() string {
	if s.HTTP.Listen == "" || !s.HTTP.Loopback() || len(s.HTTP.TrustedProxies) > 0 || s.HTTP.RequireToken != nil {
		return ""
	}
	return s.WhyToken()
}

// onHostNetwork are the plugins whose tasks have the host's network, whatever the
// site says.
var onHostNetwork = []string{"process", "slurm"}

// allowsHostNetwork reports whether the block says that tasks may use the host's
// network: all of them, or those whose flow asks for it.
func (e Executor) allowsHostNetwork() bool {
	if slices.Contains(onHostNetwork, e.Plugin) || slices.Contains(e.Allow, "network") || slices.Contains(e.Allow, "network_mode") {
		return true
	}
	if e.Config == nil {
		return false
	}
	network := e.Config.Pair("network")
	return network != nil && network.Value.Text == "host"
}
