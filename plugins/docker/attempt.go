package docker

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
)

// attempt is one open attempt, as this process sees it. One goroutine,
// [attempt.Run], brings it to its end; any number of others watch it or ask it
// to end.
type attempt struct {
	*attempts.Attempt
	e    *Executor
	task *sdk.Task // nil if this process knows only the container

	container string // its id, when there is one
	plan      plan
	over      bool               // its process has ended
	copies    bool               // its inputs are copied, because they could not be laid over
	usage     sdk.Usage          // as it was last asked for
	lost      time.Time          // when the engine went away while it ran
	ending    *attempts.Ending   // that it was asked to end, and why
	prepare   context.CancelFunc // ends what comes before the start
}

func (e *Executor) newAttempt(id sdk.AttemptID, task *sdk.Task) *attempt {
	return &attempt{Attempt: attempts.New(id), e: e, task: task}
}

// containerID is the container's id, or "" while there is none.
func (a *attempt) containerID() string {
	a.Mu.Lock()
	defer a.Mu.Unlock()
	return a.container
}
