package web

import (
	"net/http"
	"strings"
)

// localHosts are the names of this host that a request over loopback may bear. Any
// other is one that somebody has made to lead here: a page of a host whose name
// leads to 127.0.0.1 would be of our own origin to a browser (DNS rebinding).
var localHosts = []string{"localhost", "127.0.0.1", "[::1]"}

// isLocal reports whether a request names this host, on any port.
func isLocal(r *http.Request) bool {
	host := r.Host
	if i := strings.LastIndexByte(host, ':'); i >= 0 && strings.Trim(host[i+1:], "0123456789") == "" {
		host = host[:i]
	}
	for _, local := range localHosts {
		if strings.EqualFold(host, local) {
			return true
		}
	}
	return false
}
