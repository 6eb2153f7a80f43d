package schedule

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/schedule/plan"
	"github.com/raddeploy/raddeploy/sdk"
)

// executor is an executor of the site.
type executor struct {
	plan.Executor
	gone bool // from the site
}

// lease is what an attempt holds.
type lease struct {
	attempt run.Attempt
	stuck   string
}

// change changes an executor of the site.
func (w *world) change(name string, how []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.IndexFunc(w.executors, func(e *executor) bool { return e.Instance == name })
	if how[0] == "has" {
		if i < 0 {
			i = len(w.executors)
			w.executors = append(w.executors, nil)
		}
		w.executors[i] = newExecutor(name, how[1:])
		return
	}
	e := w.executors[i]
	switch how[0] {
	case "away":
		e.Up, e.Message = false, "no answer"
	case "back":
		e.Up, e.Message = true, ""
	case "tells":
		e.Up, e.ClusterGPUs = true, check(strconv.Atoi(how[1]))
	case "gone":
		e.gone = true
	default:
		panic("unknown command " + how[0])
	}
}

func newExecutor(name string, what []string) *executor {
	cpus := check(strconv.Atoi(what[0]))
	e := &executor{Executor: plan.Executor{Instance: name, Up: true, SiteGPUs: true, CPUs: cpus, AllCPUs: cpus}}
	if len(what) == 3 && what[1] == "gpus" {
		for i := range check(strconv.Atoi(what[2])) {
			e.GPUs = append(e.GPUs, plan.GPU{Name: fmt.Sprint("gpu", i)})
		}
	}
	if len(what) == 3 && what[1] == "cluster" {
		e.Up, e.SiteGPUs, e.Message = false, false, "no answer"
	}
	return e
}

// Board is what the leases leave of what the executors have.
func (p *process) Board() []plan.Executor {
	p.mu.Lock()
	defer p.mu.Unlock()
	var board []plan.Executor
	for _, e := range p.executors {
		if e.gone {
			continue
		}
		left := e.Executor
		left.GPUs = slices.Clone(e.GPUs)
		for i := range left.GPUs {
			left.GPUs[i].Free = true
		}
		for id, l := range p.leases {
			if l.attempt.Executor != e.Instance {
				continue
			}
			left.Tasks++
			if len(l.attempt.GPUs) == 0 {
				left.CPUs--
			}
			for i := range left.GPUs {
				if gpu := &left.GPUs[i]; slices.Contains(l.attempt.GPUs, gpu.Name) {
					if !gpu.Free {
						p.t.Errorf("%s is leased twice, to %s too", gpu.Name, id)
					}
					gpu.Free, gpu.Stuck, gpu.Note = false, l.stuck != "", l.stuck
				}
			}
		}
		board = append(board, left)
	}
	return board
}

func (p *process) Configured(instance string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.configured(instance)
}

func (p *process) configured(instance string) bool {
	return slices.ContainsFunc(p.executors, func(e *executor) bool { return e.Instance == instance && !e.gone })
}

// GiveUpAfter and Tried are what a fleet of healthy executors answers.
func (p *process) GiveUpAfter(string) time.Duration { return time.Hour }
func (p *process) Tried(run.Attempt, run.Ending)    {}

func (p *process) Lease(a run.Attempt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leases[a.ID] = &lease{attempt: a}
}

func (p *process) LeaseUntilRemoved(a run.Attempt, exit sdk.Exit) {
	if len(a.GPUs) > 0 && !hasEnded(exit) {
		p.Lease(a)
	}
}

func (p *process) Ended(id run.AttemptID, exit sdk.Exit) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l := p.leases[id]; l != nil && (hasEnded(exit) || len(l.attempt.GPUs) == 0) {
		delete(p.leases, id)
	}
}

func hasEnded(exit sdk.Exit) bool { return !exit.Finished.IsZero() }

func (p *process) Stick(id run.AttemptID, why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l := p.leases[id]; l != nil && l.stuck != why {
		l.stuck = why
		p.log("%s keeps %s", id, strings.Join(l.attempt.GPUs, " "))
	}
}

func (p *process) Release(id run.AttemptID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.leases, id)
}

// checkLeases holds that only attempts which may still use something lease it.
func (w *world) checkLeases() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.blocked > 0 {
		return
	}
	for id, l := range w.leases {
		a := w.attempt(id)
		if a == nil || a.State == run.AttemptRemoved || a.State == run.AttemptEnded && len(l.attempt.GPUs) == 0 {
			w.t.Errorf("%s leases what it does not use: %+v", id, a)
		}
	}
}

// ends ends attempts on their executors, at one moment.
func (w *world) ends(attempts, how []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range attempts {
		w.ended[run.AttemptID(id)] = endOn(how)
		if waiting := w.waiting[run.AttemptID(id)]; waiting != nil {
			close(waiting)
			delete(w.waiting, run.AttemptID(id))
		}
	}
}

// endOn is an end as the engine judges it.
func endOn(how []string) run.Ending {
	e := run.Ending{Exit: sdk.Exit{Reason: sdk.Exited, Started: time.Now(), Finished: time.Now()}, Reason: strings.Join(how, " ")}
	switch how[0] {
	case "ok":
		e.Reason = ""
	case "fails":
		e.Exit.Code, e.Err = 1, errors.New("it fails")
	case "stopped":
		e.Exit.Reason, e.Exit.Signal = sdk.Stopped, 9
	case "timeout":
		e.Exit.Reason = sdk.TimedOut
	case "vanishes":
		e.Exit = sdk.Exit{Reason: sdk.Vanished}
	case "lost":
		e.Exit = sdk.Exit{Reason: sdk.NodeLost, Node: how[1]}
	case "rejected":
		e.Exit, e.Rejected = sdk.Exit{Reason: sdk.StartFailed}, true
	case "broken":
		e.Broken = true
	case "unstarted":
		e.Exit = sdk.Exit{Reason: sdk.StartFailed}
	case "impossible":
		e.Exit = sdk.Exit{Reason: sdk.StartFailed, Permanent: true}
	case "killed":
		e.Exit.Reason = sdk.Stopped
	default:
		panic("unknown end " + how[0])
	}
	return e
}

// Execute is the engine: it waits for the end that the story tells.
func (p *process) Execute(ctx context.Context, job *run.Job) (run.Ending, error) {
	id := job.Attempt.ID
	if err := job.Recorded(); err != nil {
		return run.Ending{}, err
	}
	time.Sleep(callTime(job.Run.ID, job.Attempt.Task, 4))
	p.mu.Lock()
	if p.dead || ctx.Err() != nil {
		p.mu.Unlock()
		return run.Ending{}, errDead
	}
	switch a := p.attempt(id); {
	case a == nil:
		p.t.Errorf("%s is executed before it is recorded", id)
	case p.executing[id]:
		p.t.Errorf("%s is executed twice at once", id)
	case p.leases[id] == nil:
		p.t.Errorf("%s is executed without a lease", id)
	}
	p.executing[id] = true
	p.log("%s executes%s", id, details(job))
	waiting := p.waiting[id]
	if _, ended := p.ended[id]; !ended && waiting == nil {
		waiting = make(chan struct{})
		p.waiting[id] = waiting
	}
	p.mu.Unlock()
	p.await(ctx, job, waiting)
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.executing, id)
	if ctx.Err() != nil {
		return run.Ending{}, ctx.Err()
	}
	return p.ended[id], nil
}

// await waits until an attempt ends, or for ever. A canceled one is asked to stop.
func (p *process) await(ctx context.Context, job *run.Job, waiting chan struct{}) {
	if waiting == nil {
		return
	}
	canceled := job.Canceled
	for {
		select {
		case <-canceled:
			canceled = nil
			time.Sleep(callTime(job.Run.ID, job.Attempt.Task, 1))
			p.logAlone("%s is asked to stop", job.Attempt.ID)
		case <-waiting:
			return
		case <-ctx.Done():
			return
		}
	}
}

// details are what a job says besides its attempt.
func details(job *run.Job) string {
	var text string
	if job.Resumed {
		text += " still"
	}
	var inputs []string
	for _, folder := range job.Inputs {
		inputs = append(inputs, filepath.ToSlash(folder))
	}
	slices.Sort(inputs)
	for _, folder := range inputs {
		text += " " + folder
	}
	if len(job.AvoidNodes) > 0 {
		text += ", not on " + strings.Join(job.AvoidNodes, " ")
	}
	return text
}

func (p *process) Forget(ctx context.Context, instance string, id run.AttemptID) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.executors, func(e *executor) bool { return e.Instance == instance && !e.gone })
	if i < 0 || !p.executors[i].Up {
		return errors.New("no answer")
	}
	p.forgotten[id] = true
	return ctx.Err()
}
