package deliver

import (
	"context"
	"fmt"
	"os"

	"github.com/raddeploy/raddeploy/core/redact"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/scu"
)

// send sends the pending objects of a delivery. Results are written into
// objects and recorded. An error means that the rest is to be tried later.
func (d *Deliverer) send(ctx context.Context, delivery run.Delivery, objects []run.DeliveryObject) (err error) {
	// links that lead out of the run's folder are not followed
	root, err := os.OpenRoot(d.Folder(delivery.Run))
	if err != nil {
		return fmt.Errorf("open outputs: %w", redact.Paths(err))
	}
	defer root.Close()
	files := Files{Open: root.Open, Dir: d.Folder(delivery.Run)}
	var pending []*run.DeliveryObject
	for i := range objects {
		if o := &objects[i]; o.State == run.ObjectPending {
			files.List = append(files.List, scu.File{Name: o.File, SOPClassUID: o.SOPClassUID, SOPInstanceUID: o.SOPInstanceUID, TransferSyntaxUID: o.TransferSyntaxUID, Breaks: o.Breaks})
			pending = append(pending, o)
		}
	}
	results := &results{store: d.Store}
	defer func() {
		if recorded := results.flush(ctx); err == nil {
			err = recorded
		}
	}()
	return d.Sender.Send(ctx, delivery.Destination, files, scu.Report{
		Result: func(i int, outcome scu.Outcome) error {
			became(pending[i], outcome)
			return results.add(ctx, *pending[i])
		},
		// before the release, which a peer may let wait
		Answered: func() error { return results.flush(ctx) },
	})
}

// became makes of an object what its outcome says.
func became(o *run.DeliveryObject, outcome scu.Outcome) {
	o.Status, o.Reason = uint16(outcome.Status), outcome.Reason
	switch {
	case outcome.Sent:
		o.State = run.ObjectSent
	case !outcome.Retryable:
		o.State = run.ObjectFailed
	case outcome.Broke:
		o.Breaks++
	}
}
