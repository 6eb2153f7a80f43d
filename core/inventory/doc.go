// Package inventory knows the GPUs of this host and which attempt leases what:
// one GPU is one task's, whichever of the host's executors lists it, and under
// whatever name.
//
// What the site allows each executor, and what the executors' backends say that
// they have, comes in. Out come the devices that an executor may use, whether
// each of them is there, and which attempt leases it. What the backends said is
// kept in a file, so that after a restart two names of one GPU are still known
// to be one while an executor that told so is away, and a GPU that was lost is
// not taken for one that no executor lists. The leases themselves stand in the
// attempts' rows: a new agent reads those and calls [Inventory.Take] again.
//
// # One GPU
//
// A GPU has a UUID, an index and CDI names. Two names are one GPU's if some
// executor tells both, or if they have the UUID, a CDI name or, within one
// vendor's devices, the index in common. A UUID decides: different UUIDs are
// different GPUs, though they have one index after a card was changed.
// Executors whose backend is on this host share its GPUs. The GPUs of any other
// executor are its own, even if they have the same names.
//
// # Parts of a GPU
//
// A MIG device such as 0:1 is a part of the GPU 0. Each part is a device of its
// own, and the parts of one GPU may be leased to different tasks. The whole and
// any of its parts are never leased at the same time. CDI's device "all" is every
// device and is leased with no other.
//
// # Missing
//
// An executor that has ever listed a GPU is believed about all: what the site
// allows and the executor does not list is missing and is not leased. One
// that never listed any is taken at its site's word; so is one that lists whole
// GPUs about their parts.
//
// The package starts no process and reads no device: to look at hardware is for
// the executors.
package inventory
