package web

import (
	"maps"
	"net/netip"
	"sync"
	"time"
)

// So many credentials that are not valid are answered with 401 in such a time, of
// one address and of all. More of them are answered with 429.
const (
	failuresAllowed = 10
	failuresOfAll   = 1000
	failuresWithin  = time.Minute
	// addressesKept bounds the memory that a peer of many addresses can take.
	addressesKept = 10_000
)

// failures counts credentials that are not valid. It never says that one is not to
// be looked at: many people can have one address, and a valid credential counts
// whatever came from there before. The zero value is ready.
type failures struct {
	mu   sync.Mutex
	from map[string]failed
	all  failed
}

type failed struct {
	count int
	until time.Time // then it is forgotten
}

func (f *failed) add(now time.Time) {
	if !now.Before(f.until) {
		*f = failed{until: now.Add(failuresWithin)}
	}
	f.count++
}

// add counts a failure. It returns for how long further ones of the address are
// too many; 0: this one is not yet.
func (f *failures) add(address string, now time.Time) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.from == nil {
		f.from = make(map[string]failed)
	}
	key := network(address)
	known := f.from[key]
	known.add(now)
	f.all.add(now)
	if len(f.from) >= addressesKept {
		f.forget(now)
	}
	f.from[key] = known
	switch {
	case known.count > failuresAllowed:
		return known.until.Sub(now)
	case f.all.count > failuresOfAll:
		return f.all.until.Sub(now)
	}
	return 0
}

// forget forgets what is over, and everything if nothing is.
func (f *failures) forget(now time.Time) {
	maps.DeleteFunc(f.from, func(_ string, known failed) bool { return !now.Before(known.until) })
	if len(f.from) >= addressesKept {
		clear(f.from)
	}
}

// network is what one peer is likely to have of addresses: one of IPv4, 2^64 of
// IPv6, or all of loopback.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	switch {
	case ip.IsLoopback():
		return "loopback"
	case ip.Is4():
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}
