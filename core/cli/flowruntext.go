package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/logs"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/rehearse"
	runs "github.com/raddeploy/raddeploy/core/run"
)

// telling shows what tasks do: a line for each change and, on a terminal, what
// is going on now.
type telling struct {
	b     *base
	bar   *bar
	begun time.Time
	last  map[string]string // by task: what was said
	heard map[string]int    // by task: how many warnings were
}

func newTelling(b *base) *telling {
	return &telling{b: b, bar: newBar(b.errs, 0, false), begun: time.Now(), last: map[string]string{}, heard: map[string]int{}}
}

func (t *telling) tell(tasks []rehearse.Task) {
	var now []string
	for _, task := range tasks {
		line, passing := state(task)
		if passing != "" {
			now = append(now, task.Name+" "+passing)
		}
		if line != "" && line != t.last[task.Name] {
			t.last[task.Name] = line
			t.say(task.Name, line)
		}
		for _, warning := range task.Warnings[t.heard[task.Name]:] {
			t.say(task.Name, "warning: "+warning)
		}
		t.heard[task.Name] = len(task.Warnings)
	}
	t.bar.line(strings.Join(now, "; "))
}

func (t *telling) say(task, line string) {
	t.bar.end()
	say(t.b.out, "%6.1fs  %s: %s\n", time.Since(t.begun).Seconds(), task, line)
}

func (t *telling) end() { t.bar.end() }

// state is what a task does: what is worth a line, and what passes.
func state(task rehearse.Task) (line, passing string) {
	on := ""
	if task.Executor != "" {
		on = " on " + task.Executor
	}
	if task.Attempts > 1 {
		on += fmt.Sprintf(", try %d", task.Attempts)
	}
	switch task.State {
	case runs.TaskPending:
		return task.Reason, ""
	case runs.TaskRunning:
		what, _, counting := strings.Cut(task.Doing, ": ") // "layer: 3 of 7 MB" passes
		if what == "" {
			what = "starting"
		}
		if counting {
			return "", task.Doing
		}
		return what + on, task.Doing
	case runs.TaskSucceeded:
		return "succeeded in " + task.Took.Round(100*time.Millisecond).String(), ""
	}
	line = string(task.State)
	if task.Reason != "" {
		line += ": " + task.Reason
	}
	return line, ""
}

// mostLogLines is how much of a failed task's output is shown of each stream.
const mostLogLines = 40

// printFailure says why a trial failed, with what the failed tasks printed last.
func (b *base) printFailure(tried *rehearse.Ended) {
	for _, task := range tried.Tasks {
		if task.State != runs.TaskFailed {
			continue
		}
		for _, stream := range []string{"stdout", "stderr"} {
			lines, err := tail(task.Log[stream], mostLogLines)
			if err != nil {
				b.complain(err)
			}
			if len(lines) > 0 {
				say(b.errs, "--- %s of %s, its last %s\n%s\n", stream, task.Name, problem.Counted(len(lines), "line"), strings.Join(lines, "\n"))
			}
		}
	}
	say(b.errs, "raddeploy: the run %s: %s\n", tried.State, tried.Reason)
}

// tail returns the last lines of a kept stream.
func tail(path string, most int) ([]string, error) {
	if path == "" {
		return nil, nil
	}
	reader := logs.Open(path)
	defer reader.Close()
	var text []byte
	for {
		frame, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if text = append(text, frame.Data...); len(text) > 1<<20 {
			text = slices.Clone(text[len(text)-1<<19:])
		}
	}
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	if len(lines) == 1 && lines[0] == "" {
		return nil, nil
	}
	return lines[max(0, len(lines)-most):], nil
}
