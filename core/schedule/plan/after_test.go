package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/run"
)

// The README's flow: five models read src, the sixth joins three of them.
func sixModels() (Plan, []run.Task) {
	plan := Plan{Needs: [][]int{nil, nil, nil, nil, nil, {0, 1, 2}}, Retries: []int{0, 0, 0, 0, 1, 0}}
	tasks := make([]run.Task, 6)
	for i := range tasks {
		tasks[i] = run.Task{Index: i, Name: fmt.Sprint(i), State: run.TaskPending}
	}
	return plan, tasks
}

func TestRunToItsEnd(t *testing.T) {
	tests := []struct {
		name     string
		outcomes []Outcome
		// after each outcome: the states, which tasks are ready, and what
		// became of the run
		want []string
	}{
		{"the join starts when its last input exists", []Outcome{{Task: 0}, {Task: 1}, {Task: 3}, {Task: 2}, {Task: 4}, {Task: 5}}, []string{
			"s-----  ready 1 2 3 4",
			"ss----  ready 2 3 4",
			"ss-s--  ready 2 4",
			"ssss--  ready 4 5",
			"sssss-  ready 5",
			"ssssss  ended",
		}},
		{"a failure skips what depends on it and lets siblings finish", []Outcome{{Task: 1, Blame: Final, Reason: "exit code 7"}, {Task: 0}, {Task: 2}, {Task: 3}, {Task: 4}}, []string{
			"-f---x  ready 0 2 3 4",
			"sf---x  ready 2 3 4",
			"sfs--x  ready 3 4",
			"sfss-x  ready 4",
			"sfsssx  ended failed: task 1: exit code 7",
		}},
		{"the flow's retries pay for the task's failures, once here", []Outcome{{Task: 4, Blame: TheTask, Reason: "exit code 1"}, {Task: 4, Blame: TheTask, Reason: "exit code 1"}}, []string{
			"------  ready 0 1 2 3 4",
			"----f-  ready 0 1 2 3",
		}},
		{"infrastructure may fail a task as often as its time allows", []Outcome{vanished(5), vanished(5.5), vanished(5.6), vanished(5.95)}, []string{
			"------  ready 0 1 2 3 4",
			"------  ready 0 1 2 3 4",
			"------  ready 0 1 2 3 4",
			"f----x  ready 1 2 3 4",
		}},
		{"its time begins with the first failure, and anew when the task itself has failed since", []Outcome{
			{Task: 4, Blame: Infrastructure, Again: Again{Running: time.Hour, Pause: time.Minute, GiveUpAfter: time.Hour}},
			{Task: 4, Blame: TheTask, Reason: "exit code 1"},
			{Task: 4, Blame: Infrastructure, Again: Again{Running: 3 * time.Hour, Pause: time.Minute, GiveUpAfter: time.Hour}},
			{Task: 4, Blame: Infrastructure, Again: Again{Running: 5 * time.Hour, Pause: time.Minute, GiveUpAfter: time.Hour}},
		}, []string{
			"------  ready 0 1 2 3 4",
			"------  ready 0 1 2 3 4",
			"------  ready 0 1 2 3 4",
			"----f-  ready 0 1 2 3",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			plan, tasks := sixModels()
			var got []string
			for _, outcome := range test.outcomes {
				change := plan.After(tasks, outcome)
				for _, task := range change.Tasks {
					tasks[task.Index] = task
				}
				got = append(got, states(tasks)+"  "+verdict(plan, tasks, change))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// vanished is that task 0 vanished after so many hours of running. It is tried
// for an hour, and would rest for six minutes.
func vanished(hours float64) Outcome {
	running := time.Duration(hours * float64(time.Hour))
	return Outcome{Blame: Infrastructure, Reason: "vanished", Again: Again{Running: running, Pause: 6 * time.Minute, GiveUpAfter: time.Hour}}
}

func states(tasks []run.Task) string {
	letters := map[run.TaskState]string{run.TaskPending: "-", run.TaskSucceeded: "s", run.TaskFailed: "f", run.TaskSkipped: "x"}
	var b strings.Builder
	for _, task := range tasks {
		b.WriteString(letters[task.State])
	}
	return b.String()
}

func verdict(plan Plan, tasks []run.Task, c Change) string {
	if !c.Ended {
		return strings.NewReplacer("[", "", "]", "").Replace(fmt.Sprint("ready ", plan.Ready(tasks)))
	}
	return strings.Join(slices.DeleteFunc([]string{"ended", failure(c)}, func(s string) bool { return s == "" }), " ")
}

func failure(c Change) string {
	if !c.Failed {
		return ""
	}
	return "failed: " + c.Reason
}
