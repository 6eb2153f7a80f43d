package inventory

import (
	"slices"

	"github.com/raddeploy/raddeploy/sdk"
)

// backend is what an executor's backend said that it has, when it was last well.
type backend struct {
	Local bool     `json:"local"`
	GPUs  []listed `json:"gpus"`
}

// listed is a device that a backend lists, or that it once listed.
type listed struct {
	Index   string `json:"index,omitempty"`
	UUID    string `json:"uuid,omitempty"`
	CDI     string `json:"cdi,omitempty"`
	Missing bool   `json:"missing,omitempty"`
}

func (l listed) device() sdk.Device { return sdk.Device{Index: l.Index, UUID: l.UUID, CDI: l.CDI} }
func (l listed) known() known       { return knownBy(l.device()) }

// after returns what is known of a backend when it has told anew. Devices that
// it no longer lists are missing, and have lost the index and the CDI name that
// another one has now.
func (b backend) after(f sdk.Fingerprint) backend {
	now := backend{Local: f.Local}
	for _, d := range f.GPUs {
		now.GPUs = append(now.GPUs, listed{Index: d.Index, UUID: d.UUID, CDI: d.CDI})
	}
	present := now.GPUs
	for _, old := range b.GPUs {
		if slices.ContainsFunc(present, func(l listed) bool { return l.known().is(old.known()) }) {
			continue
		}
		old.Missing = true
		for _, l := range present {
			if l.Index == old.Index {
				old.Index = ""
			}
			if l.CDI == old.CDI {
				old.CDI = ""
			}
		}
		if old != (listed{Missing: true}) {
			now.GPUs = append(now.GPUs, old)
		}
	}
	return now
}

// tells reports whether the backend is one that lists its devices.
func (b backend) tells() bool { return len(b.GPUs) > 0 }

// find returns the entry of a device, one that is there before one that is missing.
func (b backend) find(fits func(listed) bool) (listed, bool) {
	for _, missing := range []bool{false, true} {
		for _, l := range b.GPUs {
			if l.Missing == missing && fits(l) {
				return l, true
			}
		}
	}
	return listed{}, false
}
