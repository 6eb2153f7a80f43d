package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/rehearse"
	runs "github.com/raddeploy/raddeploy/core/run"
)

// followInterval is how often a run is looked at that is followed.
const followInterval = 300 * time.Millisecond

// followRun shows what the tasks of a run do, as `flow run` does, and then its
// deliveries, until the run has ended.
func (c *runsCommand) followRun(r remote, id string) int {
	if r.json {
		return c.usage("-f is for people: programs follow the agent's events")
	}
	client := r.client()
	followed, err := client.Run(c.ctx, id)
	if err != nil {
		return c.complain(err)
	}
	say(c.out, "Run %s of %s\n", followed.ID, named(followed.Flow, followed.Version))
	told := newTelling(&c.base)
	if followed.Dispatched != nil {
		told.begun = *followed.Dispatched
	}
	defer told.end()
	for {
		told.tell(rehearsed(followed.Tasks))
		for _, d := range followed.Deliveries {
			if line := deliveryLine(d); !d.Superseded && told.last["to "+d.Destination] != line {
				told.last["to "+d.Destination] = line
				told.say("to "+d.Destination, line)
			}
		}
		if followed.State.Final() {
			break
		}
		if err := wake.Sleep(c.ctx, followInterval); err != nil {
			told.end()
			fmt.Fprintln(c.errs, "raddeploy: interrupted; the run goes on")
			return exitOK
		}
		if followed, err = client.Run(c.ctx, string(followed.ID)); err != nil {
			told.end()
			return c.complain(err)
		}
	}
	told.end()
	if followed.State != runs.Done {
		say(c.errs, "raddeploy: the run %s: %s\n", followed.State, followed.Reason)
		return exitNegative
	}
	say(c.out, "done\n")
	return exitOK
}

// rehearsed are the tasks of a run as a trial of a flow has them.
func rehearsed(tasks []api.Task) []rehearse.Task {
	shown := make([]rehearse.Task, len(tasks))
	for i, task := range tasks {
		shown[i] = rehearse.Task{Name: task.Name, State: task.State, Reason: task.Reason, Attempts: len(task.Attempts)}
		for _, a := range task.Attempts {
			shown[i].Executor, shown[i].Doing = a.Executor, a.Doing
			if a.Started != nil && a.Ended != nil {
				shown[i].Took = a.Ended.Sub(*a.Started)
			}
			shown[i].Warnings = append(shown[i].Warnings, a.Warnings...)
		}
	}
	return shown
}

// deliveryLine is how a delivery stands.
func deliveryLine(d api.Delivery) string {
	line := fmt.Sprintf("%s, %d of %s", d.State, d.Sent, problem.Counted(d.Objects, "object"))
	if d.Reason != "" && !d.State.Delivered() {
		line += ": " + strings.TrimSpace(d.Reason)
	}
	return line
}
