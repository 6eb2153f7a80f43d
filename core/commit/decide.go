package commit

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/redact"
	"github.com/raddeploy/raddeploy/core/run"
)

// verdict is what is said about one instance.
type verdict struct {
	object run.Stored   // if its file shows no damage, it is committed to
	reason dimse.Status // of a failure; 0: none
}

// judge says about an instance what its stored objects let say: the newest of its
// SOP class counts. What an association that is open has brought counts: what was
// asked for is kept however that ends.
func judge(ref run.Reference, stored []run.Stored) verdict {
	v := verdict{reason: dimse.NoSuchObjectInstance}
	for _, s := range stored {
		switch {
		case s.State == run.ArrivalDiscarded:
		case s.SOPClassUID != ref.SOPClassUID:
			if v.reason != 0 {
				v.reason = dimse.ClassInstanceConflict
			}
		default:
			v.object, v.reason = s, 0
		}
	}
	return v
}

// chunk is how many instances are looked for at once.
const chunk = 500

// untilSettled is how long a request waits for rows that are not there yet.
const untilSettled = time.Second

// decide decides about all instances of a request, and records it. While the rows do
// not tell of all that was received, nothing is decided.
func (c *Committer) decide(ctx context.Context, one run.Commitment, log hclog.Logger) error {
	ready, err := c.ready(ctx)
	if err != nil {
		return err
	}
	if !ready {
		c.later(one.ID, untilSettled)
		return nil
	}
	refs, _, err := c.Store.CommitmentInstances(ctx, one.ID)
	if err != nil {
		return err
	}
	d := run.Decided{ID: one.ID, Failed: []run.Uncommitted{}, Arrivals: map[int64]int{}}
	for len(refs) > 0 {
		n := min(len(refs), chunk)
		if err := c.look(ctx, refs[:n], &d, log); err != nil {
			return err
		}
		refs = refs[n:]
	}
	d.At = time.Now()
	err = c.Store.DecideCommitment(ctx, d)
	if moved := new(run.StateError); errors.As(err, &moved) {
		return nil
	}
	if err == nil {
		log.Info("storage commitment decided", "instances", one.Instances, "not_committed", len(d.Failed))
	}
	return err
}

// ready reports whether the rows tell of all that was received: what this agent
// received is recorded, and what one before it left has been recovered.
func (c *Committer) ready(ctx context.Context) (bool, error) {
	if err := c.Receiving.Record(ctx); err != nil {
		return false, err
	}
	open, err := c.Store.Associations(ctx)
	if err != nil {
		return false, err
	}
	for _, association := range open {
		if !c.Receiving.Open(association.Arrival) {
			return false, nil
		}
	}
	return true, nil
}

// look looks for some instances.
func (c *Committer) look(ctx context.Context, refs []run.Reference, d *run.Decided, log hclog.Logger) error {
	instances := make([]dcm.UID, len(refs))
	for i, ref := range refs {
		instances[i] = ref.SOPInstanceUID
	}
	found, err := c.Store.Stored(ctx, instances)
	if err != nil {
		return err
	}
	of := map[dcm.UID][]run.Stored{}
	for _, s := range found {
		of[s.SOPInstanceUID] = append(of[s.SOPInstanceUID], s)
	}
	for _, ref := range refs {
		v := judge(ref, of[ref.SOPInstanceUID])
		if v.reason == 0 {
			v.reason = c.read(v.object, log)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if v.reason != 0 {
			d.Failed = append(d.Failed, run.Uncommitted{Reference: ref, Reason: uint16(v.reason)})
		} else {
			d.Arrivals[v.object.Arrival]++
		}
	}
	return nil
}

// read reads the file of an object again, and returns why it is not committed to; 0:
// it is.
func (c *Committer) read(object run.Stored, log hclog.Logger) dimse.Status {
	intact, err := c.Files.Intact(object.File)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		log.Error("the file of a recorded object is missing", "arrival", object.Association())
		return dimse.NoSuchObjectInstance
	case err != nil:
		log.Error("the file of a recorded object cannot be read", "arrival", object.Association(), "error", redact.Paths(err))
		return dimse.ProcessingFailure
	case !intact:
		log.Error("the file of a recorded object is damaged", "arrival", object.Association())
		return dimse.ProcessingFailure
	}
	return 0
}
