package inventory

import (
	"maps"
	"slices"
	"sync"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// Inventory is made by [Open] or [New]. Its methods may be called from many
// goroutines.
type Inventory struct {
	path    string
	unsaved bool // what is known has changed since it was kept

	mu       sync.Mutex
	allowed  map[string][]string // by executor instance: the site's names of what it may use
	backends map[string]backend  // by executor instance
	leases   map[run.AttemptID]lease
}

// GPU is a device that an executor may use.
type GPU struct {
	Name   string     // under which it is leased: its UUID where one is known
	Device sdk.Device // what the executor is called with for a task
	// it was there, or the site names it, and the executor's backend does not
	// list it
	Missing bool
	Holder  run.AttemptID
	Held    bool // by Holder, itself or something that overlaps it
	// why it is unknown when Holder releases it; "": as soon as its task
	// has ended
	Stuck string
	// names of those devices, of the ones that executors of its host may use,
	// that are not held together with it
	Overlaps []string
	Shown    string // for people: index and UUID
}

// Allow says what an executor may use: the site's names, each an index, a UUID
// or a CDI name.
func (i *Inventory) Allow(executor string, names []string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.allowed[executor] = names
}

// Change is what [Inventory.Tell] found: devices that an executor may use which
// are no longer there, or are there again.
type Change struct{ Lost, Back []string }

// Tell takes in what an executor's backend says of itself while it is healthy.
// The error is that of keeping it; it counts all the same.
func (i *Inventory) Tell(executor string, f sdk.Fingerprint) (Change, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	old, told := i.backends[executor]
	now := old.after(f)
	if told && now.Local == old.Local && slices.Equal(now.GPUs, old.GPUs) {
		if i.unsaved {
			return Change{}, i.save()
		}
		return Change{}, nil
	}
	missing := func(name string) bool { return i.missing(executor, i.find(executor, name)) }
	before := make(map[string]bool)
	for _, name := range i.allowed[executor] {
		before[name] = missing(name)
	}
	i.backends[executor] = now
	var change Change
	for _, name := range i.allowed[executor] {
		switch is := missing(name); {
		case is && !before[name]:
			change.Lost = append(change.Lost, i.find(executor, name).String())
		case !is && before[name]:
			change.Back = append(change.Back, i.find(executor, name).String())
		}
	}
	return change, i.save()
}

// Local reports whether an executor shares this host's CPU slots and GPUs with
// others. One that has never told is taken for one that does.
func (i *Inventory) Local(executor string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.local(executor)
}

func (i *Inventory) local(executor string) bool {
	b, told := i.backends[executor]
	return !told || b.Local
}

// GPUs returns the devices that an executor may use, each once, in the site's
// order; a GPU that has parts among them comes behind the parts.
func (i *Inventory) GPUs(executor string) []GPU {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.gpus(executor)
}

// Devices returns what an executor is to give to an attempt that holds devices
// by these names.
func (i *Inventory) Devices(executor string, names []string) []sdk.Device {
	i.mu.Lock()
	defer i.mu.Unlock()
	var devices []sdk.Device
	for _, name := range names {
		held := i.find(executor, name)
		device := i.device(executor, name, held)
		for _, own := range i.allowed[executor] { // the site may know it by a name that tells more
			if k := i.find(executor, own); k.is(held) {
				device = i.device(executor, own, k)
			}
		}
		devices = append(devices, device)
	}
	return devices
}

func (i *Inventory) gpus(executor string) []GPU {
	var gpus []GPU
	var seen []known
	for _, name := range i.allowed[executor] {
		k := i.find(executor, name)
		if slices.ContainsFunc(seen, k.is) {
			continue
		}
		seen = append(seen, k)
		gpu := GPU{Name: k.name(), Shown: k.String(), Device: i.device(executor, name, k), Missing: i.missing(executor, k)}
		gpu.Holder, gpu.Held = i.holder(executor, k)
		gpu.Stuck = i.leases[gpu.Holder].stuck
		for _, other := range i.neighbours(executor) {
			if !other.is(k) && other.overlaps(k) {
				gpu.Overlaps = append(gpu.Overlaps, other.name())
			}
		}
		gpus = append(gpus, gpu)
	}
	isWhole := func(n int) bool { return slices.ContainsFunc(seen, func(k known) bool { return k.isPartOf(seen[n]) }) }
	var parts, wholes []GPU
	for n, gpu := range gpus {
		if isWhole(n) {
			wholes = append(wholes, gpu)
		} else {
			parts = append(parts, gpu)
		}
	}
	return append(parts, wholes...)
}

// neighbours are the devices that executors which share a host with one may use.
func (i *Inventory) neighbours(executor string) []known {
	var all []known
	for _, other := range slices.Sorted(maps.Keys(i.allowed)) {
		if i.together(executor, other) {
			for _, name := range i.allowed[other] {
				all = append(all, i.find(other, name))
			}
		}
	}
	return unite(all)
}

// together reports whether two executors' names mean the same devices.
func (i *Inventory) together(a, b string) bool { return a == b || i.local(a) && i.local(b) }

// host is what is known of the devices that an executor's names can mean: what
// backends list, and what the site names.
func (i *Inventory) host(executor string) []known {
	var all []known
	for _, other := range slices.Sorted(maps.Keys(i.backends)) {
		if i.together(executor, other) {
			for _, l := range i.backends[other].GPUs {
				all = append(all, l.known())
			}
		}
	}
	for _, other := range slices.Sorted(maps.Keys(i.allowed)) {
		if i.together(executor, other) {
			for _, name := range i.allowed[other] {
				all = append(all, knownBy(named(name)))
			}
		}
	}
	return unite(all)
}

// find returns the device that a name means to an executor: first by its own
// backend's list, then by what others of the host know.
func (i *Inventory) find(executor, name string) known {
	k := knownBy(named(name))
	if own, ok := i.backends[executor].find(func(l listed) bool { return l.known().has(name) }); ok {
		k = k.with(own.known())
	}
	host := i.host(executor)
	n := slices.IndexFunc(host, func(other known) bool { return other.has(name) && (len(k.cdi) == 0 && k.uuid == "" || other.is(k)) })
	if n < 0 {
		n = slices.IndexFunc(host, k.is)
	}
	if n >= 0 {
		k = host[n].with(k)
	}
	return k
}

// device is what an executor is told of a device: the CDI name is its own
// backend's or the site's, since hosts may have specs that one backend reads
// and another one does not.
func (i *Inventory) device(executor, name string, k known) sdk.Device {
	d := sdk.Device{Index: k.index, UUID: k.uuid, CDI: named(name).CDI}
	if own, ok := i.backends[executor].find(func(l listed) bool { return l.known().is(k) }); ok && own.CDI != "" && d.CDI == "" {
		d.CDI = own.CDI
	}
	return d
}

func (i *Inventory) missing(executor string, k known) bool {
	if k.isPart() && !i.tellsParts(executor) {
		whole, known := i.wholeOf(executor, k)
		return known && i.missing(executor, whole)
	}
	listedBy := func(b backend) (found, present bool) {
		l, found := b.find(func(l listed) bool { return l.known().is(k) })
		return found, found && !l.Missing
	}
	if own := i.backends[executor]; own.tells() {
		_, present := listedBy(own)
		return !present
	}
	lost := false
	for other, b := range i.backends {
		if i.together(executor, other) {
			found, present := listedBy(b)
			if present {
				return false
			}
			lost = lost || found
		}
	}
	return lost
}
