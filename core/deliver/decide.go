package deliver

import (
	"errors"
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/scu"
)

// verdict is what a try made of a delivery.
type verdict struct {
	state run.DeliveryState
	why   error // nil: nothing is to be said
	sent  int
}

// unreached reports whether the destination took no association, which has
// nothing to do with what was to be sent.
func (v verdict) unreached() bool {
	var none *scu.NoAssociationError
	return errors.As(v.why, &none)
}

// triesOf is how many tries in a row the next pause counts: those of the delivery
// or, while its destination takes no association, those of all that go there.
func triesOf(delivery run.Delivery, v verdict) int {
	if !v.unreached() {
		return delivery.Tries + 1
	}
	return max(delivery.Tries, delivery.Missed) + 1
}

// judge says what a delivery is after a try. It is sent only if every object
// was taken.
func judge(objects []run.DeliveryObject, err error) verdict {
	var v verdict
	var pending, failed int
	var reason, refusal string
	for _, object := range objects {
		switch object.State {
		case run.ObjectSent, run.ObjectCommitted:
			v.sent++
		case run.ObjectPending:
			pending++
			if object.Reason != "" {
				reason = object.Reason
			}
		case run.ObjectFailed:
			failed++
			refusal = object.Reason
		}
	}
	switch {
	case err != nil:
		v.state, v.why = run.DeliveryPending, err
	case pending > 0:
		v.state, v.why = run.DeliveryPending, fmt.Errorf("%s not taken yet: %s", problem.Counted(pending, "object"), reason)
	case failed > 0:
		v.state, v.why = run.DeliveryFailed, fmt.Errorf("%d of %s not sent, the last because: %s", failed, problem.Counted(len(objects), "object"), refusal)
	default:
		v.state = run.DeliverySent
		if v.sent == 0 {
			v.why = errors.New("nothing to send: the output holds no DICOM objects")
		}
	}
	return v
}

// due reports whether a pending delivery is to be tried now. No pause is longer
// than longest: a next try that is further away was recorded by a clock that has
// jumped since.
func due(delivery run.Delivery, now time.Time, longest time.Duration) bool {
	return !delivery.NextTry.After(now) || delivery.NextTry.After(now.Add(longest))
}

// moment is when a try ended: on the clock, in the time that agents have run,
// and how long is left alone what it did not send.
type moment struct {
	at      time.Time
	running time.Duration
	pause   time.Duration
}

// ended is the end of a try, which comes to a verdict at a moment, and why it
// ended so. What is not sent is tried again after a pause, unless the time of
// running after which it is given up is over then.
func ended(delivery run.Delivery, v verdict, now moment, giveUpAfter time.Duration) (end run.TryEnd, why error) {
	end, why = run.TryEnd{Delivery: delivery.ID, State: v.state, Reached: !v.unreached(), At: now.at}, v.why
	if v.state == run.DeliveryUncommitted {
		end.Next = now.at
	}
	if v.state == run.DeliveryPending {
		end.Next = now.at.Add(now.pause)
		if now.running-delivery.Since+now.pause > giveUpAfter {
			end.State, why = run.DeliveryFailed, fmt.Errorf("given up after %d tries: %w", delivery.Tries+1, v.why)
		} else if v.unreached() {
			end.Missed = delivery.Missed + 1
		}
	}
	if why != nil {
		end.Reason = why.Error()
	}
	return end, why
}

// Finish says what becomes of a run from its deliveries: while one is open it
// stays as it is; then it has failed if one has, with that one's reason, and is
// done otherwise. Superseded ones do not count. Of several reasons it is the last
// by the alphabet, so that the order in which they ended does not matter.
func Finish(deliveries []run.Delivery) (run.State, string) {
	state, reason := run.Done, ""
	for _, d := range deliveries {
		if d.Superseded {
			continue
		}
		if !d.State.Final() {
			return "", ""
		}
		if d.State == run.DeliveryFailed {
			state, reason = run.Failed, max(reason, fmt.Sprintf("delivery to %s: %s", d.Destination, d.Reason))
		}
	}
	return state, reason
}
