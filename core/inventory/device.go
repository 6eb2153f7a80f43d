package inventory

import (
	"cmp"
	"strings"

	"github.com/raddeploy/raddeploy/sdk"
)

// known is a device under all names that are known for it. Index and UUID are
// unique, CDI may have several names for it.
type known struct {
	index, uuid string
	cdi         []string
}

// knownBy returns what one executor says of a device. CDI's device names tell
// an index or a UUID by how they are written.
func knownBy(d sdk.Device) known {
	k := known{index: d.Index, uuid: d.UUID}
	if d.CDI == "" {
		return k
	}
	k.cdi = []string{d.CDI}
	switch _, name, _ := strings.Cut(d.CDI, "="); {
	case isUUID(name):
		k.uuid = cmp.Or(k.uuid, name)
	case isIndex(name):
		k.index = cmp.Or(k.index, name)
	}
	return k
}

// named returns what a name alone tells: a qualified CDI name, a UUID or else
// an index.
func named(name string) sdk.Device {
	switch {
	case strings.Contains(name, "="):
		return sdk.Device{CDI: name}
	case isUUID(name):
		return sdk.Device{UUID: name}
	}
	return sdk.Device{Index: name}
}

func isUUID(s string) bool { return strings.HasPrefix(s, "GPU-") || strings.HasPrefix(s, "MIG-") }

func isIndex(s string) bool {
	return s != "" && strings.Trim(s, "0123456789:") == "" && strings.Trim(s, ":") == s
}

// has reports whether a name means the device.
func (k known) has(name string) bool {
	for _, own := range append([]string{k.index, k.uuid}, k.cdi...) {
		if own != "" && own == name {
			return true
		}
	}
	return false
}

// is reports whether two descriptions are of one device.
func (k known) is(other known) bool {
	if k.uuid != "" && other.uuid != "" {
		return k.uuid == other.uuid
	}
	for _, name := range k.cdi {
		if other.has(name) {
			return true
		}
	}
	return k.index != "" && k.index == other.index && sameVendor(k, other)
}

// with adds what another description of the same device tells.
func (k known) with(other known) known {
	k.index, k.uuid = cmp.Or(k.index, other.index), cmp.Or(k.uuid, other.uuid)
	all := append([]string(nil), k.cdi...)
	for _, name := range other.cdi {
		if !k.has(name) {
			all = append(all, name)
		}
	}
	k.cdi = all
	return k
}

// overlaps reports whether one device is a part of the other one, or is all
// devices.
func (k known) overlaps(other known) bool {
	return k.isAll() || other.isAll() || k.isPartOf(other) || other.isPartOf(k)
}

// isPartOf reports whether the device is a MIG device of a GPU, as its index
// "GPU:PART" or its UUID of the older form, "MIG-GPU-…/INSTANCE/PART", tells.
func (k known) isPartOf(whole known) bool {
	if gpu, _, ok := strings.Cut(strings.TrimPrefix(k.uuid, "MIG-"), "/"); ok && whole.uuid != "" {
		return gpu == whole.uuid
	}
	gpu, _, ok := strings.Cut(k.index, ":")
	return ok && gpu == whole.index && sameVendor(k, whole)
}

func (k known) isAll() bool {
	if k.index == "all" {
		return true
	}
	for _, name := range k.cdi {
		if strings.HasSuffix(name, "=all") {
			return true
		}
	}
	return false
}

// sameVendor reports whether the indexes of two devices count the same things.
// Where no CDI name says so, they do.
func sameVendor(a, b known) bool {
	if len(a.cdi) == 0 || len(b.cdi) == 0 {
		return true
	}
	vendor := func(k known) string {
		kind, _, _ := strings.Cut(k.cdi[0], "/")
		return kind
	}
	return vendor(a) == vendor(b)
}

// name is what leases call the device.
func (k known) name() string {
	if k.uuid == "" && len(k.cdi) > 0 {
		return k.cdi[0]
	}
	return cmp.Or(k.uuid, k.index)
}

// String names the device for people.
func (k known) String() string {
	if k.index != "" && k.uuid != "" {
		return k.index + " (" + k.uuid + ")"
	}
	return cmp.Or(k.index, k.name())
}

// unite joins the descriptions that are of one device.
func unite(all []known) []known {
	var devices []known
	for _, k := range all {
		for i := 0; i < len(devices); {
			if !k.is(devices[i]) {
				i++
				continue
			}
			k = devices[i].with(k)
			devices = append(devices[:i:i], devices[i+1:]...)
			i = 0 // it has more names now
		}
		devices = append(devices, k)
	}
	return devices
}
