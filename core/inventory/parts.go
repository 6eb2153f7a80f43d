package inventory

import (
	"slices"
	"strings"
)

// isPart reports whether a device is a MIG device.
func (k known) isPart() bool {
	return strings.HasPrefix(k.uuid, "MIG-") || strings.Contains(k.index, ":")
}

// tellsParts reports whether somebody lists MIG devices where an executor's
// names mean something, or once did. Drivers tell of whole GPUs more readily
// than of their parts.
func (i *Inventory) tellsParts(executor string) bool {
	for other, b := range i.backends {
		if i.together(executor, other) && slices.ContainsFunc(b.GPUs, func(l listed) bool { return l.known().isPart() }) {
			return true
		}
	}
	return false
}

// wholeOf returns the GPU that a device is a part of, as far as its name tells.
func (i *Inventory) wholeOf(executor string, part known) (known, bool) {
	for _, k := range i.host(executor) {
		if part.isPartOf(k) {
			return k, true
		}
	}
	return known{}, false
}
