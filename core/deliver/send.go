package deliver

import (
	"context"
	"os"

	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/scu"
)

// send sends the pending objects of a delivery. Results are written into
// objects and into the database. An error means that the rest is to be tried
// later.
func (d *Deliverer) send(ctx context.Context, delivery run.Delivery, objects []run.DeliveryObject) (err error) {
	// links that lead out of the run's folder are not followed
	root, err := os.OpenRoot(d.Folder(delivery.Run))
	if err != nil {
		return err
	}
	defer root.Close()
	var files []scu.File
	var pending []*run.DeliveryObject
	for i := range objects {
		if o := &objects[i]; o.State == run.ObjectPending {
			files = append(files, scu.File{Name: o.File, SOPClassUID: o.SOPClassUID, SOPInstanceUID: o.SOPInstanceUID, TransferSyntaxUID: o.TransferSyntaxUID})
			pending = append(pending, o)
		}
	}
	results := &results{db: d.DB}
	defer func() {
		if noted := results.flush(ctx); err == nil {
			err = noted
		}
	}()
	to := delivery.Destination
	dialer := &dimse.Dialer{CallingAE: d.CallingAE, CalledAE: to.AETitle, SourcePort: d.SourcePort}
	if d.TLS != nil {
		if dialer.TLS, err = d.TLS(to); err != nil {
			return err
		}
	}
	sender := &scu.Sender{
		Dialer:  dialer,
		Address: to.Address(),
		Open:    root.Open,
	}
	return sender.Send(ctx, files, func(i int, outcome scu.Outcome) error {
		o := pending[i]
		o.Status, o.Reason = uint16(outcome.Status), outcome.Reason
		switch {
		case outcome.Sent:
			o.State = run.ObjectSent
		case !outcome.Retryable:
			o.State = run.ObjectFailed
		}
		return results.add(ctx, *o)
	})
}
