package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// behindProxy has a request that a proxy of the site passes on come from the address
// that the proxy names: the last one of X-Forwarded-For that is not a proxy's. What
// others say there is not looked at.
func (g *Guard) behindProxy(r *http.Request) {
	if g.Proxies == nil || overSocket(r) {
		return
	}
	said := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	at, err := netip.ParseAddr(addressOf(r))
	for i := len(said) - 1; err == nil && i >= 0 && g.Proxies(at.Unmap()); i-- {
		before, wrong := netip.ParseAddr(strings.Trim(strings.TrimSpace(said[i]), "[]"))
		if wrong != nil {
			return // the nearest that is known
		}
		at = before
		r.RemoteAddr = net.JoinHostPort(at.Unmap().String(), "0")
	}
}
