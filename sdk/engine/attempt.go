package engine

import (
	"context"
	"os"
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

	made      bool // there is a container
	container Container
	over      bool               // its process has ended
	copied    bool               // its inputs are copied, because overlays did not work
	usage     sdk.Usage          // as it was last asked for
	ending    *attempts.Ending   // that it was asked to end, and why
	prepare   context.CancelFunc // ends what comes before the start
}

func (e *Executor) newAttempt(id sdk.AttemptID, task *sdk.Task) *attempt {
	return &attempt{Attempt: attempts.New(id), e: e, task: task}
}

// adoptLocked takes over what a container tells.
func (a *attempt) adoptLocked(c Container) {
	a.made, a.container = true, c
	if a.ending == nil {
		a.ending = readNote[attempts.Ending](a.e, a.ID, noteEnding)
	}
	if c.State != Created {
		a.State, a.Running = sdk.Running, true
		a.over = c.State == Ended
	}
}

// current returns the container, if there is one.
func (a *attempt) current() (c Container, made bool) {
	a.Mu.Lock()
	defer a.Mu.Unlock()
	return a.container, a.made
}

// failed is the end of an attempt whose process has not run, or of which it is
// unknown how it ended.
func (a *attempt) failed(reason sdk.Reason, message string) *sdk.Exit {
	return &sdk.Exit{Reason: reason, Message: message, Node: a.e.node(), Finished: time.Now()}
}

// node names the host that containers run on.
func (e *Executor) node() string {
	if e.settings.Node != nil {
		return e.settings.Node()
	}
	name, _ := os.Hostname()
	return name
}
