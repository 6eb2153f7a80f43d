package attempts

import (
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// Ending is that an attempt was asked to end. Executors write it down before
// they tell their backend, so that another plugin process knows it too.
type Ending struct {
	Reason sdk.Reason    `json:"reason"`
	At     time.Time     `json:"at"`    // when it was asked first: a process that ended earlier was not stopped
	Grace  time.Duration `json:"grace"` // from then on, after which it is ended by force
	Told   bool          `json:"told"`  // its process has got its signal, as far as anybody can tell
}

// EndNow is an ending that was asked for now.
func EndNow(reason sdk.Reason, grace time.Duration) *Ending {
	return &Ending{Reason: reason, At: time.Now(), Grace: max(grace, 0)}
}

// Until is when the process is ended by force.
func (e *Ending) Until() time.Time { return e.At.Add(e.Grace) }

// With returns the ending after a further request: what was asked first stays,
// and of the two ends the sooner one counts. e may be nil.
func (e *Ending) With(further *Ending) *Ending {
	if e == nil {
		return further
	}
	out := *e
	if further.Until().Before(e.Until()) {
		out.Grace = further.Until().Sub(e.At)
	}
	return &out
}
