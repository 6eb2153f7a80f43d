package web

import (
	"maps"
	"net/netip"
	"sync"
	"time"
)

// Of each address so many tokens that do not count are looked at in such a time.
const (
	failuresAllowed = 10
	failuresWithin  = time.Minute
	// addressesKept bounds the memory that a peer of many addresses can take.
	addressesKept = 10_000
)

// failures counts what addresses tried in vain. The zero value is ready.
type failures struct {
	mu   sync.Mutex
	from map[string]failed
}

type failed struct {
	count int
	until time.Time // then it is forgotten
}

// blocked returns how long nothing of an address is looked at; 0: it is.
func (f *failures) blocked(address string, now time.Time) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if known := f.from[network(address)]; known.count >= failuresAllowed {
		return max(0, known.until.Sub(now))
	}
	return 0
}

// add counts a failure, and reports whether it is the address's first, or the one
// that blocks it: these are worth recording.
func (f *failures) add(address string, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.from == nil {
		f.from = make(map[string]failed)
	}
	key := network(address)
	known := f.from[key]
	if !now.Before(known.until) {
		known = failed{until: now.Add(failuresWithin)}
	}
	known.count++
	if len(f.from) >= addressesKept {
		f.forget(now)
	}
	f.from[key] = known
	return known.count == 1 || known.count == failuresAllowed
}

// forget forgets what is over, and everything if nothing is.
func (f *failures) forget(now time.Time) {
	maps.DeleteFunc(f.from, func(_ string, known failed) bool { return !now.Before(known.until) })
	if len(f.from) >= addressesKept {
		clear(f.from)
	}
}

// network is what one peer is likely to have of addresses: one of IPv4, or 2^64
// of IPv6.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	return netip.PrefixFrom(ip.WithZone(""), 64).Masked().String()
}
