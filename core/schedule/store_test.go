package schedule

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// process is how one process sees the world: it is the store, the fleet and the
// engine of its scheduler.
type process struct {
	*world
	end       context.CancelFunc
	dead      bool
	executing map[run.AttemptID]bool
}

func (p *process) die() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dead = true
}

// write is a call of the store which changes rows. Do is applied as a whole.
func (p *process) write(ctx context.Context, name string, takes time.Duration, do func() error) error {
	time.Sleep(takes)
	return p.call(ctx, name, func() error {
		if p.full {
			p.log("%s: %v", name, syscall.ENOSPC)
			return syscall.ENOSPC
		}
		rollback := p.savepoint()
		err := do()
		if err != nil {
			rollback()
			p.log("%s: %v", name, err)
		}
		return err
	})
}

// call is a call of the store. Do is applied unless the process has ended or the
// call fails.
func (p *process) call(ctx context.Context, name string, do func() error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var fault string
	if all := p.faults[name]; len(all) > 0 {
		fault, p.faults[name] = all[0], all[1:]
	}
	switch fault {
	case "fail":
		p.log("%s: %v", name, syscall.ENOSPC)
		return syscall.ENOSPC
	case "moved":
		p.log("%s: moved", name)
		return &run.StateError{Thing: "thing", ID: "1", From: "here", To: "there"}
	case "crash":
		p.dead = true
		p.log("%s: crash", name)
		p.end()
	case "late":
		p.wait(func() { time.Sleep(time.Second) })
	case "block":
		gate := p.gate
		p.blocked++
		p.wait(func() {
			select {
			case <-gate:
			case <-ctx.Done():
			}
		})
		p.blocked--
	}
	if p.dead {
		return errDead
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	err := do()
	if err == nil && fault == "lost" {
		p.log("%s: %v", name, syscall.EIO)
		err = syscall.EIO
	}
	return err
}

func (p *process) wait(until func()) {
	p.mu.Unlock()
	until()
	p.mu.Lock()
}

// Running is how long the processes have run.
func (p *process) Running() time.Duration { return time.Since(p.began) }

func (p *process) OpenRuns(ctx context.Context, after int64, most int) (open []state.OpenRun, err error) {
	err = p.call(ctx, "OpenRuns", func() error {
		for _, r := range p.runs {
			if r.Seq > after && len(open) < most && r.isOpen() {
				open = append(open, r.open())
			}
		}
		return nil
	})
	return open, err
}

func (r *row) isOpen() bool {
	return r.State == run.Pending || r.State == run.Running || r.State == run.Canceling
}

func (r *row) open() state.OpenRun {
	open := state.OpenRun{Run: r.Run, Tasks: slices.Clone(r.tasks)}
	open.Run.Definition = nil
	return open
}

func (p *process) OpenRun(ctx context.Context, id run.ID) (open state.OpenRun, ok bool, err error) {
	err = p.call(ctx, "OpenRun", func() error {
		p.log("%s is read again", id)
		r := p.row(id)
		open, ok = r.open(), r.isOpen()
		return nil
	})
	return open, ok, err
}

func (p *process) Definition(ctx context.Context, id run.ID) (definition []byte, err error) {
	err = p.call(ctx, "Definition", func() error {
		definition = p.row(id).Definition
		return nil
	})
	return definition, err
}

func (p *process) AttemptsIn(ctx context.Context, states ...run.AttemptState) ([]run.Attempt, error) {
	return p.read(ctx, "AttemptsIn", func(a *run.Attempt) bool { return slices.Contains(states, a.State) })
}

func (p *process) Attempts(ctx context.Context, id run.ID) ([]run.Attempt, error) {
	return p.read(ctx, "Attempts", func(a *run.Attempt) bool { return a.Run == id })
}

func (p *process) read(ctx context.Context, name string, want func(*run.Attempt) bool) (all []run.Attempt, err error) {
	err = p.call(ctx, name, func() error {
		for _, a := range p.attempts {
			if want(a) {
				all = append(all, *a)
			}
		}
		return nil
	})
	return all, err
}

func (p *process) Intend(ctx context.Context, a run.Attempt) error {
	return p.write(ctx, "Intend", callTime(a.Run, a.Task, 1), func() error {
		r := p.row(a.Run)
		if r.State != run.Running {
			if err := move(&r.State, run.Running, string(a.Run)); err != nil {
				return err
			}
		}
		task := &r.tasks[a.Task]
		if err := move(&task.State, run.TaskRunning, string(a.Run)+"/"+task.Name); err != nil {
			return err
		}
		task.Tries, task.Reason = a.Number, ""
		a.State = run.AttemptIntended
		p.attempts = append(p.attempts, &a)
		p.log("%s intended on %s", a.ID, strings.Join(append([]string{a.Executor}, a.GPUs...), " "))
		return nil
	})
}

func (p *process) Settle(ctx context.Context, s state.Settlement) error {
	kind := 3
	if s.State == run.Canceled && len(s.Attempts) == 0 {
		kind = 6 // beside the settlement of an attempt that nobody wants any more
	}
	return p.write(ctx, "Settle", callTime(s.Run, 0, kind), func() error {
		var parts []string
		add := func(text, reason string) {
			if reason != "" {
				text += " (" + reason + ")"
			}
			parts = append(parts, text)
		}
		for _, ended := range s.Attempts {
			a := p.attempt(ended.ID)
			if err := move(&a.State, run.AttemptEnded, string(a.ID)); err != nil {
				return err
			}
			a.Exit, a.Reason = ended.Exit, ended.Reason
			add(string(a.ID)+" ended", a.Reason)
		}
		r := p.row(s.Run)
		for _, t := range s.Tasks {
			task := &r.tasks[t.Index]
			if err := move(&task.State, t.State, string(s.Run)+"/"+t.Name); err != nil {
				return err
			}
			task.Reason, task.Retries, task.Faults = t.Reason, t.Retries, t.Faults
			task.NextTry, task.FaultSince = t.NextTry.Round(0), t.FaultSince // as a database keeps a time
			add(t.Name+" "+string(t.State), cmp.Or(t.Reason))
		}
		slices.Sort(parts) // the order of what happens at one moment is open
		if s.State != "" {
			if err := move(&r.State, s.State, string(s.Run)); err != nil {
				return err
			}
			add(string(s.State), s.Reason)
		}
		for _, d := range s.Deliveries {
			parts = append(parts, fmt.Sprintf("to %s at %q", d.Destination, d.Destination.Address()))
		}
		p.log("%s: %s", s.Run, strings.Join(parts, ", "))
		return nil
	})
}

func (p *process) SetWaiting(ctx context.Context, tasks []state.Waiting) error {
	return p.write(ctx, "SetWaiting", 500*time.Microsecond, func() error {
		var parts []string
		for _, w := range tasks {
			if task := &p.row(w.Run).tasks[w.Task]; task.State == run.TaskPending {
				task.Reason = w.Reason
				parts = append(parts, fmt.Sprintf("%s/%s %s", w.Run, task.Name, w.Reason))
			}
		}
		slices.Sort(parts)
		p.log("told: %s", cmp.Or(strings.Join(parts, ", "), "nobody"))
		return nil
	})
}

func (p *process) SetRemoved(ctx context.Context, id run.AttemptID) error {
	of := strings.Split(string(id), "-")
	task := check(strconv.Atoi(of[1]))
	return p.write(ctx, "SetRemoved", callTime(run.ID(of[0]), task, 2), func() error {
		a := p.attempt(id)
		if err := move(&a.State, run.AttemptRemoved, string(id)); err != nil {
			return err
		}
		if p.configured(a.Executor) && !p.forgotten[id] {
			p.t.Errorf("%s is recorded as removed, and its executor has it", id)
		}
		p.log("%s removed", id)
		return nil
	})
}
