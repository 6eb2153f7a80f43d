package web

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Connections over TCP that there are at once: in all, of one address, and beyond
// these so many that are told so. Each takes a file and some memory.
const (
	connectionsOfAll     = 1024
	connectionsOfAddress = 256
	connectionsRefused   = 64
)

// Crowd is a listener that keeps the connections of its peers within bounds. Where
// there are too many, one that is idle is closed for a new one. Where none is idle
// the new one is told so, see [Guard], or closed if many are being told. Its fields
// are set before it is used; zero means the usual.
type Crowd struct {
	net.Listener
	Most, Share, Refused int
	// Shared reports whether many come from an address, such as a proxy's: then it
	// has no share.
	Shared func(netip.Addr) bool

	mu      sync.Mutex
	all     map[*member]bool
	of      map[string]int // by address
	refused int
}

// member is a connection of a crowd.
type member struct {
	net.Conn
	crowd   *Crowd
	of      string
	refused int       // the status that it is answered with; 0: none
	idle    time.Time // since when it is; zero: it is not
	gone    bool
}

// Accept returns the next connection that is served or told that it is not.
func (c *Crowd) Accept() (net.Conn, error) {
	for {
		conn, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		m, other := c.join(conn)
		if other != nil {
			_ = other.Close() // it may have gone
		}
		if m != nil {
			return m, nil
		}
		_ = conn.Close() // so may this one
	}
}

// join takes a connection in. Other is one that is closed for it. Nil: there is no
// place, and many are being told.
func (c *Crowd) join(conn net.Conn) (m, other *member) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all, c.of = map[*member]bool{}, map[string]int{}
	}
	m = &member{Conn: conn, crowd: c, of: c.key(conn)}
	share := m.of != "" && c.of[m.of] >= or(c.Share, connectionsOfAddress)
	full := len(c.all)-c.refused >= or(c.Most, connectionsOfAll)
	switch {
	case share:
		m.refused, other = http.StatusTooManyRequests, c.idlest(m.of)
	case full:
		m.refused, other = http.StatusServiceUnavailable, c.idlest("")
	}
	if other != nil {
		m.refused = 0
		c.leave(other)
	}
	if m.refused != 0 {
		if c.refused >= or(c.Refused, connectionsRefused) {
			return nil, nil
		}
		c.refused++
	}
	c.all[m] = true
	if m.refused == 0 && m.of != "" {
		c.of[m.of]++
	}
	return m, other
}

// key is what has a share: the address, unless many come from it.
func (c *Crowd) key(conn net.Conn) string {
	at, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil || c.Shared != nil && c.Shared(at.Addr().Unmap()) {
		return ""
	}
	return network(at.Addr().String())
}

// idlest is the connection of an address, or of all, that has been idle for longest. One
// that is refused holds no place that another could have.
func (c *Crowd) idlest(of string) (found *member) {
	for m := range c.all {
		if m.refused == 0 && !m.idle.IsZero() && (of == "" || m.of == of) && (found == nil || m.idle.Before(found.idle)) {
			found = m
		}
	}
	return found
}

// leave forgets a connection.
func (c *Crowd) leave(m *member) {
	if m.gone {
		return
	}
	m.gone = true
	delete(c.all, m)
	switch {
	case m.refused != 0:
		c.refused--
	case m.of != "":
		if c.of[m.of]--; c.of[m.of] == 0 {
			delete(c.of, m.of)
		}
	}
}

// Close closes the connection, and makes its place free.
func (m *member) Close() error {
	m.crowd.mu.Lock()
	m.crowd.leave(m)
	m.crowd.mu.Unlock()
	return m.Conn.Close()
}

// ConnState is for [http.Server.ConnState]: it says which connections are idle.
func ConnState(conn net.Conn, state http.ConnState) {
	m := memberOf(conn)
	if m == nil {
		return
	}
	m.crowd.mu.Lock()
	defer m.crowd.mu.Unlock()
	m.idle = time.Time{}
	if state == http.StateIdle {
		m.idle = time.Now()
	}
}

// memberOf is the member of a crowd that a connection is; nil: it is not one.
func memberOf(conn net.Conn) *member {
	if secured, ok := conn.(*tls.Conn); ok {
		conn = secured.NetConn()
	}
	m, _ := conn.(*member)
	return m
}

type crowdKey struct{}

// withCrowd returns a context that says what a connection is to be told.
func withCrowd(ctx context.Context, conn net.Conn) context.Context {
	if m := memberOf(conn); m != nil && m.refused != 0 {
		return context.WithValue(ctx, crowdKey{}, m.refused)
	}
	return ctx
}

func or(set, usual int) int {
	if set > 0 {
		return set
	}
	return usual
}
