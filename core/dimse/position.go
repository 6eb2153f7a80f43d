package dimse

import (
	"fmt"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// position is how far the objects of an association have come.
type position struct {
	number   int     // of the object that is being read, or was last; from 1
	instance dcm.UID // of that object
	whole    bool    // it has been read to its end
}

// begin says that the next object begins.
func (p *position) begin(instance dcm.UID) {
	p.number, p.instance, p.whole = p.number+1, instance, false
}

// PositionError says at which object an association ended that was not released.
type PositionError struct {
	Number   int     // of the object, from 1
	Instance dcm.UID // its SOP instance; as the peer named it, if that was not valid
	After    bool    // the object had been read to its end, and no other had begun
	Err      error   // why the association ended
}

// Error names the object after the reason, by its number: the text reaches logs, and
// a UID leads to a patient.
func (e *PositionError) Error() string {
	where := "in"
	if e.After {
		where = "after"
	}
	return fmt.Sprintf("%v, %s object %d", e.Err, where, e.Number)
}

// Unwrap returns the reason.
func (e *PositionError) Unwrap() error { return e.Err }

// of adds the position to the reason why an association ended, if an object
// had begun.
func (p *position) of(reason error) error {
	if p.number == 0 {
		return reason
	}
	return &PositionError{Number: p.number, Instance: p.instance, After: p.whole, Err: reason}
}
