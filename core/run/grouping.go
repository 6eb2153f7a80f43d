package run

import (
	"errors"
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
)

// UIDBy is the UID by which a rule for series or studies groups the object; "":
// the object names none, or the rule groups by no UID.
func (o *Object) UIDBy(on string) dcm.UID {
	switch on {
	case flow.OnSeries:
		return o.SeriesUID
	case flow.OnStudy:
		return o.StudyUID
	}
	return ""
}

// Placing puts objects of an association into the arrival of a series or study.
type Placing struct {
	Into    Arrival // with a sequence number of 0 if there is no such arrival yet: the row to make
	Objects []int   // indexes of those that are added
	Last    time.Time
	Due     time.Time // when it may be complete
}

// Place decides which arrivals of series and studies objects go into. It is
// called within the transaction that records the objects, so it must not use
// the database but through known, which reads arrivals of some UIDs, of each rule
// and state the newest, oldest first.
type Place func(known func(uids []dcm.UID) (map[dcm.UID][]Arrival, error)) ([]Placing, error)

// Timer is when a waiting arrival may be complete.
type Timer struct {
	Arrival             ArrivalID
	Last, Deadline, Due time.Time
	// After is when the last object came that this was decided after: if another
	// came meanwhile, its timer counts. Zero: whatever came.
	After time.Time
}

// Members is what an arrival holds, in numbers.
type Members struct {
	Objects   int
	Instances int   // SOP instances
	Newest    int64 // id of the newest object
}

// Differing counts SOP instances of an arrival of which different objects came.
type Differing struct {
	Instances int
	Series    int     // of those, whose objects are of several series
	First     dcm.UID // one of them
}

// String says it for people.
func (d Differing) String() string {
	what, which := "1 SOP instance", string(d.First)
	if d.Instances != 1 {
		what, which = fmt.Sprintf("%d SOP instances", d.Instances), "such as "+which
	}
	switch {
	case d.Series > 0 && d.Series == d.Instances:
		which += ", in several series"
	case d.Series > 0:
		which += fmt.Sprintf(", %d of them in several series", d.Series)
	}
	return fmt.Sprintf("%s came more than once with different bytes (%s): the last one counts, all are kept", what, which)
}

// Completion is how an arrival of a series or study ends to wait.
type Completion struct {
	Arrival    ArrivalID
	At         time.Time
	State      ArrivalState
	Reason     string // why it is not complete
	Completion string // how it became complete, and what is odd about it
	// Newest is the newest object that was known to who decided. If a newer one
	// came meanwhile, nothing is recorded, and the error is [ErrObjectsCame].
	Newest int64
	// Before is the arrival whose objects it takes in, too; "": none. If that one
	// is incomplete, it becomes superseded.
	Before     ArrivalID
	Superseded string // the reason that one shows then
}

// ErrObjectsCame is returned when an arrival was to end and objects had come.
var ErrObjectsCame = errors.New("objects came meanwhile")
