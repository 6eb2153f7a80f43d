package containerd

import (
	"context"
	"sync"

	"github.com/raddeploy/raddeploy/sdk"
)

// attempt is one open attempt, as this process sees it. One goroutine, [attempt.run], brings it to its end; any number of others
// watch it or ask it to end.
type attempt struct {
	id sdk.AttemptID
	e  *Executor

	taken chan struct{} // closed when containerd has taken it on, or refused it
	done  chan struct{} // closed when run has returned
	nudge chan struct{} // asks run to look at containerd now

	mu       sync.Mutex
	changed  chan struct{} // closed at the next change
	task     *sdk.Task     // nil if this process knows only the container
	state    sdk.State
	progress *sdk.Progress
	warnings []string
	exit     *sdk.Exit
	away     error // why nobody can tell now what it does
	refused  error // why it was not taken on

	image   string             // its full name
	made    bool               // there is a container
	plan    plan               // of it
	running bool               // its process has been started
	over    bool               // its process has ended
	settled bool               // nothing of it runs any more
	copies  bool               // its inputs are copied, because they could not be laid over
	ending  *ending            // that it was asked to end, and why
	prepare context.CancelFunc // ends what comes before the start
}

func (e *Executor) newAttempt(id sdk.AttemptID, task *sdk.Task) *attempt {
	return &attempt{
		id: id, e: e, task: task, state: sdk.Queued,
		taken: make(chan struct{}), done: make(chan struct{}), nudge: make(chan struct{}, 1), changed: make(chan struct{}),
	}
}

// update changes the attempt and wakes those who watch it.
func (a *attempt) update(change func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change()
	close(a.changed)
	a.changed = make(chan struct{})
}

// advanceTo notes how far the attempt is; states only grow.
func (a *attempt) advanceTo(state sdk.State) {
	a.update(func() { a.state = max(a.state, state) })
}

func (a *attempt) warn(text string) {
	a.update(func() { a.warnings = append(a.warnings, text) })
}

// acceptLocked tells Start and Recover that containerd has taken the attempt on.
func (a *attempt) acceptLocked() {
	select {
	case <-a.taken:
	default:
		close(a.taken)
	}
}

func (a *attempt) accepted() bool {
	select {
	case <-a.taken:
		return true
	default:
		return false
	}
}

func (a *attempt) isSettled() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.settled
}

// view is what a watcher sees at a moment. changed is closed at the next change.
type view struct {
	state    sdk.State
	progress *sdk.Progress
	warnings []string
	exit     *sdk.Exit
	away     error
	running  bool
	changed  <-chan struct{}
}

func (a *attempt) view() view {
	a.mu.Lock()
	defer a.mu.Unlock()
	return view{a.state, a.progress, a.warnings, a.exit, a.away, a.running, a.changed}
}

// retry makes run look at containerd now if it had gone away, and has watchers wait for what it finds.
func (a *attempt) retry() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.away == nil {
		return
	}
	a.away = nil
	select {
	case a.nudge <- struct{}{}:
	default:
	}
}
