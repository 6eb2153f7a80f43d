package containerd

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

	image   string             // its full name
	made    bool               // there is a container
	plan    plan               // of it
	over    bool               // its process has ended
	settled bool               // nothing of it runs any more
	copies  bool               // its inputs are copied, because they could not be laid over
	ending  *attempts.Ending   // that it was asked to end, and why
	prepare context.CancelFunc // ends what comes before the start
	// of Run alone: since when something of an earlier start is in the way
	blocked time.Time
}

func (e *Executor) newAttempt(id sdk.AttemptID, task *sdk.Task) *attempt {
	return &attempt{Attempt: attempts.New(id), e: e, task: task}
}

func (a *attempt) isSettled() bool {
	a.Mu.Lock()
	defer a.Mu.Unlock()
	return a.settled
}
