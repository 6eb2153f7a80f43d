package fleet

import (
	"context"
	"slices"
	"time"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/plugin"
	"github.com/raddeploy/raddeploy/core/run"
)

// leaveInterval is how often it is looked whether an executor that the site no
// longer has can go.
const leaveInterval = time.Second

// Change makes the executors those of other blocks. One that is new starts at
// once. One whose block has changed goes on with its tasks; its plugin is
// launched anew if it is told something else. One that has no block any more
// takes no tasks, and leaves when its last one is removed. After an error nothing
// has changed.
func (f *Fleet) Change(blocks []config.Executor) error {
	opened := make(map[string]*Executor)
	specs := make(map[string]plugin.Spec)
	for _, c := range blocks {
		spec, err := f.host.spec(c)
		if err != nil {
			return err
		}
		specs[c.Instance], opened[c.Instance] = spec, newExecutor(c, spec, f.host.Logger)
	}
	f.mu.Lock()
	var executors []*Executor
	for _, c := range blocks {
		e := f.named(c.Instance)
		if e == nil {
			e = opened[c.Instance]
			delete(f.left, c.Instance)
		} else {
			e.change(c, specs[c.Instance])
		}
		f.inventory.Allow(c.Instance, c.GPUs)
		executors = append(executors, e)
	}
	for _, e := range f.executors {
		if !slices.Contains(executors, e) {
			e.leaving.Store(true)
			executors = append(executors, e)
		}
	}
	f.executors = executors
	f.mu.Unlock()
	f.members.Send()
	f.changed()
	return nil
}

// change takes up a block of the site.
func (e *Executor) change(c config.Executor, spec plugin.Spec) {
	old := e.block.Swap(&c)
	e.leaving.Store(false)
	other := !config.SamePlugin(*old, c)
	e.Change(spec, other)
	if other {
		e.breaker.reset()
	}
}

// seeOff waits until the site no longer has an executor and nothing is left of
// its tasks. Then it leaves.
func (f *Fleet) seeOff(ctx context.Context, e *Executor) error {
	for {
		changed := f.members.Changed()
		var again <-chan time.Time
		if e.leaving.Load() {
			if f.idle(ctx, e) && f.leave(e) {
				return nil
			}
			again = time.After(leaveInterval)
		}
		select {
		case <-changed:
		case <-again:
		case <-ctx.Done():
			return nil
		}
	}
}

// idle reports whether no attempt is recorded that an executor may still hold.
func (f *Fleet) idle(ctx context.Context, e *Executor) bool {
	open, err := f.store.AttemptsIn(ctx, run.AttemptIntended, run.AttemptStarted, run.AttemptEnded)
	if err != nil {
		if ctx.Err() == nil {
			f.logger.Warn("cannot look whether a removed executor has tasks; retrying", "executor", e.Instance(), "error", err)
		}
		return false
	}
	return !slices.ContainsFunc(open, func(a run.Attempt) bool { return a.Executor == e.Instance() })
}

// leave ends an executor, unless the site has it again or an attempt holds a
// lease: of that one the row may be about to be recorded.
func (f *Fleet) leave(e *Executor) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if tasks, _ := f.inventory.Tasks(e.Instance()); tasks > 0 || !e.leaving.Load() {
		return false
	}
	f.executors = slices.DeleteFunc(slices.Clone(f.executors), func(other *Executor) bool { return other == e })
	f.left[e.Instance()] = e.Config()
	f.inventory.Allow(e.Instance(), nil)
	f.logger.Info("executor has left: the site no longer has it, and its tasks have ended", "executor", e.Instance())
	e.end()
	f.members.Send()
	f.changed()
	return true
}

// callBack opens an executor again that left between the decision to start a
// task there and the task's lease.
func (f *Fleet) callBack(instance string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	block, left := f.left[instance]
	if !left || f.named(instance) != nil {
		return
	}
	e, err := f.host.Open(block)
	if err != nil {
		f.logger.Error("cannot open an executor again that has left", "executor", instance, "error", err)
		return
	}
	delete(f.left, instance)
	e.leaving.Store(true)
	f.inventory.Allow(instance, block.GPUs)
	f.executors = append(slices.Clone(f.executors), e)
	f.members.Send()
}
