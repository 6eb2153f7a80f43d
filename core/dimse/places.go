package dimse

import (
	"errors"
	"net/netip"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/core/problem"
)

// ErrPlaceNeeded says that a connection or an association was ended because its
// place was needed: it had been idle for long, and its address had the most.
var ErrPlaceNeeded = errors.New("idle while others waited for a place")

// Places are what the servers of one site share out among the connections that
// they accept. One address cannot take all: a part of the associations is kept
// for others, and when there is no place left, what is idle at the address that
// has the most gives way. The zero value is ready to be used.
type Places struct {
	mu     sync.Mutex
	guests map[*guest]bool
}

// guest is one connection.
type guest struct {
	address  netip.Addr // as hostOf has it
	stranger bool       // of an address that no peer can have
	since    time.Time
	wire     *wire
	seated   bool   // it has an association
	share    string // of which it takes a part, besides that of its address; "": none
}

const (
	// spareConnections are those over twice the limit of associations that may be
	// open to be told of the limit, or to end.
	spareConnections = 16
	// mostStrangers are the connections of addresses that no peer can have, so
	// that they are told so.
	mostStrangers = 8
	// hurry divides the time of a peer to request an association while places are
	// scarce, and that of a stranger.
	hurry = 6
)

// connectionsFor is how many connections may be open for so many associations.
func connectionsFor(associations int) int { return 2*associations + spareConnections }

// shareOf is how many of so many associations one address may have.
func shareOf(associations int) int {
	if associations < 8 {
		return associations
	}
	return associations - associations/4
}

// hostOf returns the address by which places are shared out. Of IPv6 it is that of
// the network of 64 bits, in which one host can have as many addresses as it
// likes, but for addresses of a link, whose one network has all of its hosts.
func hostOf(address netip.Addr) netip.Addr {
	if address.Is4() || address.IsLinkLocalUnicast() {
		return address
	}
	network, err := address.Prefix(64)
	if err != nil {
		return address
	}
	return network.Addr()
}

// enter takes a place for a new connection, and reports whether there is one,
// and whether its peer has to hurry.
func (p *Places) enter(g *guest, most int) (hurried, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	silent := 0
	for other := range p.guests {
		if !other.seated {
			silent++
		}
	}
	hurried = g.stranger || silent >= most/2
	switch {
	case g.stranger && p.count(func(o *guest) bool { return o.stranger }) >= mostStrangers:
		ok = p.turnOut(func(o *guest) bool { return o.stranger && !o.seated })
	case len(p.guests) >= most:
		ok = p.turnOut(func(o *guest) bool { return !o.seated })
	default:
		ok = true
	}
	if !ok {
		return hurried, false
	}
	if p.guests == nil {
		p.guests = map[*guest]bool{}
	}
	g.since = time.Now()
	p.guests[g] = true
	return hurried, true
}

// seat takes a place for an association, or says why there is none. Idle is how
// long an association has said nothing that may have to give way.
func (p *Places) seat(g *guest, most int, idle time.Duration) *Reject {
	p.mu.Lock()
	defer p.mu.Unlock()
	seats := p.seats()
	own := seats[g.address]
	switch all := p.count(func(o *guest) bool { return o.seated }); {
	case own >= shareOf(most):
		return LocalLimitExceeded().Because("%s of this address already, of %d in all", problem.Counted(own, "association"), most)
	case all < most:
	case !p.turnOut(func(o *guest) bool {
		return o.seated && seats[o.address] > own+1 && time.Since(o.wire.active()) >= idle
	}):
		return LocalLimitExceeded().Because("%s already, and more are not allowed", problem.Counted(all, "association"))
	}
	g.seated = true
	return nil
}

// join takes a part of a share that is smaller than all, or says why none is left.
func (p *Places) join(g *guest, share string, most int) *Reject {
	p.mu.Lock()
	defer p.mu.Unlock()
	if taken := p.count(func(o *guest) bool { return o.share == share && o != g }); taken >= most {
		return LocalLimitExceeded().Because("%s of peer %s already, and more are not allowed", problem.Counted(taken, "association"), share)
	}
	g.share = share
	return nil
}

// stand releases the place of an association, leave that of a connection. More
// than once is harmless.
func (p *Places) stand(g *guest) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g.seated, g.share = false, ""
}

func (p *Places) leave(g *guest) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.guests, g)
}

// turnOut ends, of the guests that may be chosen, the one that has been idle for
// longest at the address that has the most of them. It reports whether there is one.
func (p *Places) turnOut(may func(*guest) bool) bool {
	crowd := map[netip.Addr]int{}
	for g := range p.guests {
		if may(g) {
			crowd[g.address]++
		}
	}
	var out *guest
	for g := range p.guests {
		if may(g) && (out == nil || crowd[g.address] > crowd[out.address] ||
			crowd[g.address] == crowd[out.address] && g.idleSince().Before(out.idleSince())) {
			out = g
		}
	}
	if out == nil {
		return false
	}
	out.wire.interrupt(ErrPlaceNeeded)
	out.seated, out.share = false, ""
	delete(p.guests, out)
	return true
}

// idleSince is when a guest last got on: with its association or, before it has
// one, when it came.
func (g *guest) idleSince() time.Time {
	if g.seated {
		return g.wire.active()
	}
	return g.since
}

func (p *Places) count(are func(*guest) bool) int {
	n := 0
	for g := range p.guests {
		if are(g) {
			n++
		}
	}
	return n
}

// seats counts the associations of each address.
func (p *Places) seats() map[netip.Addr]int {
	seats := map[netip.Addr]int{}
	for g := range p.guests {
		if g.seated {
			seats[g.address]++
		}
	}
	return seats
}
