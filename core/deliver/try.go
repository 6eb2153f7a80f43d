package deliver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// try sends what is unsent of one delivery and notes what follows.
func (d *Deliverer) try(ctx context.Context, delivery run.Delivery) {
	log := d.Logger.With("run", delivery.Run, "delivery", delivery.ID, "peer", delivery.Destination.Address())
	if err := d.DB.BeginTry(ctx, delivery.ID); err != nil {
		log.Error("delivery not begun; trying again", "error", err)
		rest(ctx)
		return
	}
	v := d.attempt(ctx, delivery)
	if ctx.Err() != nil {
		return // the next agent takes it up
	}
	now := time.Now()
	var next time.Time
	if v.state == run.DeliveryPending {
		next = now.Add(d.Pause.after(delivery.Tries + 1))
		if next.After(delivery.GiveUp) {
			v.state, v.reason = run.DeliveryFailed, fmt.Sprintf("given up after %d tries: %s", delivery.Tries+1, v.reason)
		}
	}
	for {
		err := d.DB.EndTry(ctx, delivery.ID, v.state, v.reason, next, now, nil)
		var moved *run.StateError
		if err == nil || errors.As(err, &moved) {
			break
		}
		if ctx.Err() != nil {
			return
		}
		log.Error("end of a try not noted; trying again", "error", err)
		rest(ctx)
	}
	switch v.state {
	case run.DeliverySent:
		log.Info("delivered", "objects", v.sent)
	case run.DeliveryFailed:
		log.Error("delivery failed for good", "reason", v.reason, "sent", v.sent)
	default:
		log.Warn("delivery is tried again", "reason", v.reason, "sent", v.sent, "next", next.Format(time.RFC3339))
	}
}

// rest waits for a moment, so that a disk that is full is not filled with
// complaints.
func rest(ctx context.Context) {
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
	}
}

// attempt sends what can be sent now and says what the delivery is then.
func (d *Deliverer) attempt(ctx context.Context, delivery run.Delivery) verdict {
	if delivery.Destination.Host == "" {
		return verdict{state: run.DeliveryFailed, reason: fmt.Sprintf("the site has no destination %q: add it, or change the flow", delivery.Destination.Name)}
	}
	objects, err := d.objects(ctx, delivery)
	if err == nil {
		err = d.send(ctx, delivery, objects)
	}
	return judge(objects, err)
}

// verdict is what a try made of a delivery.
type verdict struct {
	state  run.DeliveryState
	reason string
	sent   int
}

// judge says what a delivery is after a try. It is sent only if every object
// was taken.
func judge(objects []run.DeliveryObject, err error) verdict {
	var v verdict
	var pending, failed int
	var reason string
	for _, object := range objects {
		switch object.State {
		case run.ObjectSent:
			v.sent++
		case run.ObjectPending:
			pending++
			if object.Reason != "" {
				reason = object.Reason
			}
		case run.ObjectFailed:
			failed++
			v.reason = object.Reason
		}
	}
	switch {
	case err != nil:
		v.state, v.reason = run.DeliveryPending, err.Error()
	case pending > 0:
		v.state, v.reason = run.DeliveryPending, fmt.Sprintf("%d objects not taken yet: %s", pending, reason)
	case failed > 0:
		v.state, v.reason = run.DeliveryFailed, fmt.Sprintf("%d of %d objects refused, the last because: %s", failed, len(objects), v.reason)
	default:
		v.state = run.DeliverySent
		if v.sent == 0 {
			v.reason = "nothing to send: the output holds no DICOM objects"
		}
	}
	return v
}
