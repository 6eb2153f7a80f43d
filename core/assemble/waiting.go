package assemble

import (
	"context"

	"github.com/raddeploy/raddeploy/core/run"
)

// Waits says what an arrival of a series or study waits for; nothing, if it is
// none or does not wait.
func (a *Assembler) Waits(ctx context.Context, arrival run.Arrival, receiving Receiving) []string {
	if arrival.State != run.ArrivalReceiving || !arrival.Rule.Groups() {
		return nil
	}
	m, err := a.moment(ctx, arrival, receiving)
	if err != nil {
		return []string{"unknown now"}
	}
	return m.waits()
}
