package inventory

import (
	"slices"

	"github.com/raddeploy/raddeploy/core/run"
)

// lease is what one attempt holds: a CPU slot, or GPUs.
type lease struct {
	executor string
	slot     bool
	gpus     []string
	stuck    string // why it is unknown when it ends; "": it ends as tasks do
}

// Take leases to an attempt what its row says. Doing it twice is the same as
// once.
func (i *Inventory) Take(a run.Attempt) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.leases[a.ID] = lease{executor: a.Executor, slot: len(a.GPUs) == 0, gpus: a.GPUs}
}

// End releases an attempt's CPU slot: its outcome is decided. It keeps its
// GPUs until [Inventory.Release], because a container that the agent has given
// up on may still use them.
func (i *Inventory) End(id run.AttemptID) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.leases[id].slot {
		delete(i.leases, id)
	}
}

// Stick says why it is unknown when an attempt releases its GPUs, for the
// operator. "" takes that back.
func (i *Inventory) Stick(id run.AttemptID, why string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if l, ok := i.leases[id]; ok {
		l.stuck = why
		i.leases[id] = l
	}
}

// Release ends all leases of an attempt. It is for attempts that were
// never begun, whose process is known to have ended, or of which the executor
// has confirmed that it holds nothing any more.
func (i *Inventory) Release(id run.AttemptID) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.leases, id)
}

// Tasks returns how many attempts an executor has, and how many of them take a
// CPU slot.
func (i *Inventory) Tasks(executor string) (all, slots int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, l := range i.leases {
		if l.executor == executor {
			all++
			if l.slot {
				slots++
			}
		}
	}
	return all, slots
}

// holder returns the attempt that holds a device, or one that overlaps it.
func (i *Inventory) holder(executor string, k known) (run.AttemptID, bool) {
	for id, l := range i.leases {
		if i.together(executor, l.executor) && slices.ContainsFunc(l.gpus, func(name string) bool {
			held := i.find(l.executor, name)
			return held.is(k) || held.overlaps(k)
		}) {
			return id, true
		}
	}
	return "", false
}
