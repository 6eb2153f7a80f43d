package execute

import (
	"fmt"
	"sync"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// progress is what running attempts do at the moment, for people. It is not kept.
type progress struct {
	mu    sync.Mutex
	doing map[run.AttemptID]string
}

func (p *progress) note(id run.AttemptID, event sdk.Event) {
	var what string
	switch {
	case event.Progress != nil && event.Progress.Total > 0:
		what = fmt.Sprintf("%s: %d of %d MB", event.Progress.What, event.Progress.Done>>20, event.Progress.Total>>20)
	case event.Progress != nil:
		what = event.Progress.What
	case event.Waiting != "":
		what = "queued: " + event.Waiting
	case event.State != 0:
		what = map[sdk.State]string{sdk.Queued: "queued", sdk.Pulling: "pulling its image", sdk.Starting: "starting", sdk.Running: "running"}[event.State]
	default:
		return
	}
	p.say(id, what)
}

func (p *progress) say(id run.AttemptID, what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.doing == nil {
		p.doing = make(map[run.AttemptID]string)
	}
	p.doing[id] = what
}

func (p *progress) drop(id run.AttemptID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.doing, id)
}

func (p *progress) of(id run.AttemptID) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.doing[id]
}
