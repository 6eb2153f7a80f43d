package deliver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
)

// try sends what is unsent of one delivery and records what follows.
func (d *Deliverer) try(ctx context.Context, delivery run.Delivery) {
	log := d.Logger.With("run", delivery.Run, "delivery", delivery.ID, "peer", delivery.Destination.Address())
	err := d.Store.BeginTry(ctx, delivery.ID)
	var moved *run.StateError
	if errors.As(err, &moved) {
		return // its run was canceled meanwhile
	}
	if err != nil {
		log.Error("delivery not begun; retrying", "error", err)
		_ = wake.Sleep(ctx, retryStore)
		return
	}
	v := d.attempt(ctx, delivery)
	if v.state == run.DeliverySent && v.sent > 0 && d.commits(delivery) {
		v.state = run.DeliveryUncommitted
	}
	if ctx.Err() != nil {
		return // the next Run finds it interrupted
	}
	now := moment{at: time.Now(), running: d.Store.Running(), pause: d.pause().after(triesOf(delivery, v))}
	end, why := ended(delivery, v, now, d.giveUpAfter())
	if !d.record(ctx, end, log) {
		return
	}
	d.tell(delivery, end.State, v.sent)
	switch end.State {
	case run.DeliverySent:
		log.Info("delivered", "objects", v.sent)
	case run.DeliveryUncommitted:
		log.Info("delivered; commitment is asked for", "objects", v.sent)
	case run.DeliveryFailed:
		log.Error("delivery failed for good", append(problem.Fields("reason", why), "sent", v.sent)...)
	default:
		log.Warn("delivery is tried again", append(problem.Fields("reason", why), "sent", v.sent, "next", end.Next.Format(time.RFC3339))...)
	}
}

// tell tells of the end of a try or of a commitment.
func (d *Deliverer) tell(delivery run.Delivery, state run.DeliveryState, objects int) {
	if d.Tried != nil {
		d.Tried(delivery, state, objects)
	}
}

// commits reports whether the destination of a delivery is asked for commitment.
func (d *Deliverer) commits(delivery run.Delivery) bool {
	if d.Committer == nil {
		return false
	}
	_, asked := d.Committer.Terms(delivery.Destination)
	return asked
}

// record records the end of a try, however long the store needs. It reports
// false if that is not for this try to do any more.
func (d *Deliverer) record(ctx context.Context, end run.TryEnd, log hclog.Logger) bool {
	for {
		err := d.Store.EndTry(ctx, end, Finish)
		var moved *run.StateError
		switch {
		case err == nil:
			return true
		case errors.As(err, &moved), ctx.Err() != nil:
			return false
		}
		log.Error("end of a try not recorded; retrying", "error", err)
		_ = wake.Sleep(ctx, retryStore)
	}
}

// attempt sends what can be sent now and says what the delivery is then.
func (d *Deliverer) attempt(ctx context.Context, delivery run.Delivery) verdict {
	if delivery.Destination.Host == "" {
		unknown := problem.New(fmt.Sprintf("the site has no destination %q", delivery.Destination.Name), "add it, or change the flow")
		return verdict{state: run.DeliveryFailed, why: unknown}
	}
	objects, err := d.objects(ctx, delivery)
	if err == nil {
		err = d.send(ctx, delivery, objects)
	}
	return judge(objects, err)
}

// retryStore is how long a store that failed is left alone, so that a full disk
// is not filled with complaints.
const retryStore = time.Second
