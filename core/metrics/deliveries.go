package metrics

import (
	"time"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// backlogOf is what waits under one label.
type backlogOf struct {
	pending, sending, uncommitted int
	oldest                        time.Duration
}

// deliveries tells what waits for destinations. One that the site names and that
// has all has zeros.
func (c *collector) deliveries(p *page, b state.Backlog) {
	of := make(map[string]backlogOf)
	for _, d := range c.Counters.destinations() {
		of[d.Name] = backlogOf{}
	}
	for _, d := range b.Deliveries {
		label := c.Counters.destination(d.Name)
		sum := of[label]
		sum.pending, sum.sending, sum.uncommitted = sum.pending+d.Pending, sum.sending+d.Sending, sum.uncommitted+d.Uncommitted
		sum.oldest = max(sum.oldest, d.Oldest)
		of[label] = sum
	}
	for destination, waiting := range of {
		p.put(deliveries, float64(waiting.pending), destination, string(run.DeliveryPending))
		p.put(deliveries, float64(waiting.sending), destination, string(run.DeliverySending))
		p.put(deliveries, float64(waiting.uncommitted), destination, string(run.DeliveryUncommitted))
		p.put(oldest, waiting.oldest.Seconds(), destination)
	}
}
