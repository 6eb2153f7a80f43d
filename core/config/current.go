package config

import (
	"sync/atomic"
	"time"
)

// Current is the site that is in force. A reload replaces it as a whole; what
// reads it twice may read two sites.
type Current struct{ site atomic.Pointer[Site] }

// Site is the site in force. It is not changed any more.
func (c *Current) Site() *Site { return c.site.Load() }

// Set puts a site into force.
func (c *Current) Set(site *Site) { c.site.Store(site) }

// Destinations are those that the site names.
func (c *Current) Destinations() Destinations { return c.Site().Destinations }

// Named returns the destination of that name, if there is one.
func (c *Current) Named(name string) (Destination, bool) { return c.Site().Destinations.Named(name) }

// GiveUpAfter is how long a delivery is tried.
func (c *Current) GiveUpAfter() time.Duration { return c.Site().Delivery.GiveUpAfter }
