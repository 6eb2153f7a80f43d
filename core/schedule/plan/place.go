package plan

import (
	"cmp"
	"container/heap"
	"slices"

	"github.com/raddeploy/raddeploy/core/run"
)

// MaxOvertaken is how many tasks of newer runs may lease GPUs while a task waits
// for some. Then it counts as a later task of its run.
const MaxOvertaken = 16

// Placement is the decision to start a task.
type Placement struct {
	Run      run.ID
	Task     int
	Executor string
	GPUs     []string
}

// Verdict is why a task is not started.
type Verdict struct {
	Run    run.ID
	Task   int
	Reason string
}

// Decision is what Place decides: the tasks to start, in order, and those that
// no executor of the site may ever run. Both have left the queue.
type Decision struct {
	Start      []Placement
	Impossible []Verdict
}

// Place gives ready tasks to executors: later tasks of runs first, then by
// priority, then by the order of arrival. Executors are asked in the order in
// which they are given. A device is leased to one task, whichever executors
// list it.
//
// A task gets all its GPUs at once or waits. What is free of them while it
// waits is kept for it: none of the tasks behind it gets these, so that a task
// that wants many GPUs is not overtaken for ever by tasks that want few. Only
// GPUs are kept, on one executor, so tasks that take CPU slots are not delayed,
// nor those that other GPUs serve. What stands before it in the order takes
// also what is kept, as priorities mean; but of newer runs of its own or a
// lower priority no more than [MaxOvertaken] tasks do.
//
// An executor whose last starts failed gets one task.
//
// Tasks of one ask wait for the same things. So once one of them waits and
// nothing could be kept for it, those behind it are not looked at.
func (q *Queue) Place(executors []Executor) Decision {
	p := placing{site: newSite(executors), executors: executors}
	for _, l := range q.lines {
		if l.Len() > 0 {
			p.open = append(p.open, &lane{line: l, candidates: p.site.able(l.key.ask)})
		}
	}
	for len(p.open) > 0 {
		next := slices.MinFunc(p.open, func(a, b *lane) int { return order(a.head().Ready, b.head().Ready) })
		if done := p.step(q, next); done || next.line.Len() == 0 {
			p.open = slices.DeleteFunc(p.open, func(l *lane) bool { return l == next })
		}
	}
	p.overtake()
	return p.decision
}

// placing is one call of Place.
type placing struct {
	site      site
	executors []Executor
	open      []*lane // those that may have tasks to start
	waiting   []waits
	reserved  []reservation
	started   []Ready // as the placements stand
	decision  Decision
}

// lane is a line while its tasks are placed.
type lane struct {
	line       *line
	candidates []*Executor
}

func (l *lane) head() *queued { return l.line.waiting[0] }

// step decides about the first task of a lane. Done: nothing is to be decided
// about those behind it.
func (p *placing) step(q *Queue, l *lane) (done bool) {
	if len(l.candidates) == 0 {
		p.refuse(q, l)
		return true
	}
	item := l.head()
	if i := slices.IndexFunc(l.candidates, func(e *Executor) bool { return p.site.has(e, item.Ready) }); i >= 0 {
		q.Remove(item.Run, item.Task)
		p.start(item.Ready, l.candidates[i])
		return false
	}
	reason := reasonOf(item.Ready, l.candidates, p.reserved)
	var kept []GPU
	if item.GPUs > 0 {
		kept = p.site.reserve(l.candidates, item.Ready)
	}
	switch len(kept) {
	case 0:
		l.line.explain(item, "")
		l.line.waitFor(reason)
	case item.GPUs: // what it waits for is not a device
		l.line.explain(item, reason)
	default:
		l.line.explain(item, keptFor(item.Ready, kept))
	}
	if len(kept) > 0 {
		p.reserved = append(p.reserved, reservation{item.Ready, kept})
	}
	if item.GPUs > 0 { // aside, until it is known how many tasks overtook it
		heap.Pop(l.line)
		p.waiting = append(p.waiting, waits{item, l})
	}
	return len(kept) == 0
}

func (p *placing) start(task Ready, e *Executor) {
	placement := Placement{Run: task.Run, Task: task.Task, Executor: e.Instance}
	for _, gpu := range p.site.take(e, task) {
		placement.GPUs = append(placement.GPUs, gpu.Name)
	}
	p.decision.Start = append(p.decision.Start, placement)
	p.started = append(p.started, task)
}

// refuse takes out all tasks of a lane: no executor may ever run them.
func (p *placing) refuse(q *Queue, l *lane) {
	why := misfit(l.line.key.ask, p.executors).Error()
	for l.line.Len() > 0 {
		item := l.head()
		q.Remove(item.Run, item.Task)
		p.decision.Impossible = append(p.decision.Impossible, Verdict{item.Run, item.Task, why})
	}
}

// overtake counts by how many tasks of newer runs each waiting one was
// overtaken, and puts it back into its line.
func (p *placing) overtake() {
	for _, w := range p.waiting {
		for i, other := range p.started {
			if other.Seq > w.item.Seq && other.Priority <= w.item.Priority && w.lane.wanted(p.decision.Start[i].GPUs) {
				w.item.Overtook++
			}
		}
		heap.Push(w.lane.line, w.item)
	}
}

// waits is a task that waits for GPUs.
type waits struct {
	item *queued
	lane *lane
}

// wanted reports whether one of the devices could have been leased to a task of
// the lane.
func (l *lane) wanted(gpus []string) bool {
	return slices.ContainsFunc(l.candidates, func(e *Executor) bool {
		return slices.ContainsFunc(e.GPUs, func(gpu GPU) bool { return slices.Contains(gpus, gpu.Name) })
	})
}

func order(a, b Ready) int {
	return cmp.Or(
		-boolCompare(a.first(), b.first()),
		-cmp.Compare(a.Priority, b.Priority),
		cmp.Compare(a.Seq, b.Seq),
		cmp.Compare(a.Task, b.Task),
	)
}

// first reports whether a task goes before those that begin runs.
func (r Ready) first() bool { return r.Later || r.Overtook >= MaxOvertaken }

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
