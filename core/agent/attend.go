package agent

import (
	"context"
	"fmt"
)

// attend tells the service manager how the agent is until ctx ends.
func (a *Agent) attend(ctx context.Context) error {
	a.sayReady()
	err := a.Manager.Watch(ctx, a.DB.Alive, a.logger)
	<-ctx.Done()
	a.told(a.Manager.Stopping())
	return err
}

func (a *Agent) sayReady() {
	if a.Manager == nil {
		return
	}
	a.told(a.Manager.Ready(fmt.Sprintf("receives on %s, %d flows in force", a.dicomAddress(), len(a.flows.InForce()))))
}

// told logs that the manager could not be told.
func (a *Agent) told(err error) {
	if err != nil {
		a.logger.Warn("service manager not told", "error", err)
	}
}
