package plan

import (
	"container/heap"
	"slices"

	"github.com/raddeploy/raddeploy/core/run"
)

// Queue holds the tasks that are ready, and what each of them waits for. Its
// zero value is empty. It is for one goroutine.
type Queue struct {
	lines map[lineKey]*line
	tasks map[taskKey]*queued
}

// lineKey tells apart what is decided apart: later tasks go first, and must not
// keep those that begin runs from being seen to wait.
type lineKey struct {
	ask   Ask
	later bool
}

type taskKey struct {
	run  run.ID
	task int
}

// queued is a task in its line.
type queued struct {
	Ready
	at   int    // in the line's heap; -1: taken out while tasks are placed
	own  string // what it waits for, if that is not what its line waits for
	told string // what was returned of it by Waiting last
}

// Add adds a task that has become ready. Told is what it was last said to wait
// for.
func (q *Queue) Add(task Ready, told string) {
	if q.lines == nil {
		q.lines, q.tasks = make(map[lineKey]*line), make(map[taskKey]*queued)
	}
	q.Remove(task.Run, task.Task)
	key := lineKey{task.Ask(), task.Later}
	l := q.lines[key]
	if l == nil {
		l = &line{key: key}
		q.lines[key] = l
	}
	item := &queued{Ready: task, told: told}
	q.tasks[taskKey{task.Run, task.Task}] = item
	heap.Push(l, item)
	l.untold = append(l.untold, item)
}

// Remove takes out a task, if it is in the queue.
func (q *Queue) Remove(id run.ID, task int) {
	key := taskKey{id, task}
	if item, ok := q.tasks[key]; ok {
		delete(q.tasks, key)
		heap.Remove(q.lines[lineKey{item.Ask(), item.Later}], item.at)
	}
}

// Len is the number of tasks in the queue.
func (q *Queue) Len() int { return len(q.tasks) }

// Asks are the asks of the tasks in the queue, each once, in no order.
func (q *Queue) Asks() []Ask {
	var asks []Ask
	for key, l := range q.lines {
		if l.Len() > 0 && !slices.Contains(asks, key.ask) {
			asks = append(asks, key.ask)
		}
	}
	return asks
}

// Waiting returns up to most tasks whose reason for waiting is another one than
// what they were told before, and counts them as told.
func (q *Queue) Waiting(most int) []Verdict {
	var news []Verdict
	for _, l := range q.lines {
		for len(l.untold) > 0 && len(news) < most {
			item := l.untold[0]
			l.untold = l.untold[1:]
			if reason := l.reasonOf(item); q.has(item) && item.told != reason {
				item.told = reason
				news = append(news, Verdict{item.Run, item.Task, reason})
			}
		}
	}
	return news
}

// Untold reports whether Waiting may have something to return.
func (q *Queue) Untold() bool {
	for _, l := range q.lines {
		if len(l.untold) > 0 {
			return true
		}
	}
	return false
}

// Untell has Waiting return again what could not be recorded.
func (q *Queue) Untell(verdicts []Verdict) {
	for _, v := range verdicts {
		if item, ok := q.tasks[taskKey{v.Run, v.Task}]; ok {
			item.told = ""
			l := q.lines[lineKey{item.Ask(), item.Later}]
			l.untold = append(l.untold, item)
		}
	}
}

// Hold says of all tasks that they wait for one thing, until Place says
// otherwise.
func (q *Queue) Hold(reason string) {
	for _, l := range q.lines {
		for _, item := range l.waiting {
			l.explain(item, "")
		}
		l.waitFor(reason)
	}
}

func (q *Queue) has(item *queued) bool { return q.tasks[taskKey{item.Run, item.Task}] == item }

// line is the tasks of one ask, the first of them on top: a [heap.Interface].
type line struct {
	key     lineKey
	waiting []*queued
	reason  string    // what they wait for
	untold  []*queued // among them all whose reason may be news
}

func (l *line) reasonOf(item *queued) string {
	if item.own != "" {
		return item.own
	}
	return l.reason
}

// waitFor says what the tasks of the line wait for.
func (l *line) waitFor(reason string) {
	if l.reason == reason {
		return
	}
	l.reason = reason
	aside := slices.DeleteFunc(l.untold, func(item *queued) bool { return item.at >= 0 })
	l.untold = append(slices.Clone(l.waiting), aside...)
}

// explain says what one task waits for apart from its line; "": what its line
// does.
func (l *line) explain(item *queued, own string) {
	if item.own != own {
		item.own = own
		l.untold = append(l.untold, item)
	}
}

func (l *line) Len() int           { return len(l.waiting) }
func (l *line) Less(i, k int) bool { return order(l.waiting[i].Ready, l.waiting[k].Ready) < 0 }

func (l *line) Swap(i, k int) {
	l.waiting[i], l.waiting[k] = l.waiting[k], l.waiting[i]
	l.waiting[i].at, l.waiting[k].at = i, k
}

// Push and Pop are for package heap.
func (l *line) Push(item any) {
	q := item.(*queued)
	q.at = len(l.waiting)
	l.waiting = append(l.waiting, q)
}

func (l *line) Pop() any {
	last := len(l.waiting) - 1
	item := l.waiting[last]
	l.waiting[last] = nil
	l.waiting = l.waiting[:last]
	item.at = -1
	return item
}
