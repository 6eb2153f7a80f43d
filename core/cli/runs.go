package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
)

// runsCommand shows the runs, or one of them.
type runsCommand struct {
	base
	listFlags
	follow bool
}

func (c *runsCommand) Synopsis() string { return "Show the runs, or one of them" }

func (c *runsCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy runs [options] [RUN]

  Lists the newest runs, or shows one with its tasks and deliveries. RUN is an id or the
  beginning of one. On a terminal a list is cut to its width; COLUMNS says another one.

  raddeploy runs -state failed -since 1d       what failed since yesterday
  raddeploy runs 0b7c1f8e -f                   what its tasks do, until it has ended

Options:

  -state STATE   only runs in this state; may repeat: pending, running, sending, canceling,
                 done, failed, canceled
  -flow FLOW     only runs of this flow: a name, or NAME@VERSION
  -sender AET    only runs on what this calling AE title sent
  -since TIME    only runs made since then: how long ago ("2h", "7d"), or "2006-01-02 15:04"
  -n NUMBER      that many at most (default 200)
  -watch         show the list anew every two seconds, until interrupted
  -f             of one run: a line for each change, until it has ended` + remoteHelp + `
` + exitCodes + `
  With -f, it is 1 if the run failed or was canceled.`)
}

func (c *runsCommand) Run(args []string) int {
	var r remote
	set := c.flags("runs", c.Help)
	r.register(set)
	c.register(set)
	set.StringVar(&c.flow, "flow", "", "")
	set.BoolVar(&c.follow, "f", false, "")
	rest, code, ok := c.parse(set, args)
	switch {
	case !ok:
		return code
	case len(rest) > 1:
		return c.usage("runs takes one id at the most")
	case len(rest) == 1 && c.given():
		return c.usage("-state, -flow, -sender, -since, -n and -watch are for the list of runs, and not for one")
	case len(rest) == 0 && c.follow:
		return c.usage("-f takes the id of a run; -watch is for the list")
	case len(rest) == 1 && c.follow:
		return c.followRun(r, rest[0])
	case len(rest) == 1:
		return c.one(r, rest[0])
	}
	return c.all(r)
}

func (c *runsCommand) all(r remote) int {
	query, err := c.query(time.Now())
	if err != nil {
		return c.usage("%v", err)
	}
	return showList(&c.base, r, c.watch, func(ctx context.Context) (api.Page[api.Run], error) { return r.client().Runs(ctx, query) }, c.showRuns)
}

func (c *runsCommand) showRuns(all []api.Run) {
	rows := [][]string{{"ID", "STATE", "FLOW", "PRIORITY", "OBJECTS", "FROM", "CREATED", "REASON"}}
	for _, run := range all {
		rows = append(rows, []string{short(string(run.ID)), string(run.State), named(run.Flow, run.Version), strconv.Itoa(run.Priority),
			strconv.Itoa(run.Objects), run.CallingAE, clock(&run.Created), run.Reason})
	}
	c.listed(rows)
}

func (c *runsCommand) one(r remote, id string) int {
	run, err := r.client().Run(c.ctx, id)
	if err != nil {
		return c.complain(err)
	}
	if r.json {
		return c.printJSON(run)
	}
	c.fields([][]string{
		{"Run", string(run.ID)},
		{"State", string(run.State)},
		{"Reason", run.Reason},
		{"Flow", named(run.Flow, run.Version)},
		{"Priority", strconv.Itoa(run.Priority)},
		{"Arrival", string(run.Arrival)},
		{"From", run.CallingAE},
		{"Objects", strconv.Itoa(run.Objects)},
		{"Received", clock(run.Received)},
		{"Dispatched", clock(run.Dispatched)},
		{"Finished", clock(run.Finished)},
		{"Sent", clock(run.Sent)},
		{"Files", removedOn("files", run.FilesRemoved)},
		{"Logs", removedOn("logs", run.LogsRemoved)},
	})
	fmt.Fprintln(c.out)
	c.table(append([][]string{{"TASK", "STATE", "EXECUTOR", "TRIES", "TIME", "REASON"}}, taskRows(run.Tasks)...))
	c.ranOn(run.Tasks)
	if len(run.Deliveries) > 0 {
		c.deliveries(run.Deliveries)
	}
	if len(run.Journal) > 0 {
		c.entries(run.Journal)
	}
	return exitOK
}

func (c *runsCommand) deliveries(deliveries []api.Delivery) {
	fmt.Fprintln(c.out)
	rows := [][]string{{"DELIVERY", "STATE", "SENT", "TRIES", "NEXT TRY", "REASON"}}
	for _, d := range deliveries {
		if d.Superseded {
			d.Reason = strings.TrimSpace("(superseded) " + d.Reason)
		}
		rows = append(rows, []string{fmt.Sprintf("%s (%s:%d)", d.Destination, d.Host, d.Port), string(d.State),
			sentOf(d), strconv.Itoa(d.Tries), clock(d.NextTry), d.Reason})
	}
	c.table(rows)
}

// sentOf is how many objects of a delivery are sent, and committed to where that is
// asked for.
func sentOf(d api.Delivery) string {
	if d.Asks == 0 {
		return fmt.Sprintf("%d of %d", d.Sent, d.Objects)
	}
	return fmt.Sprintf("%d of %d, %d committed", d.Sent, d.Objects, d.Committed)
}

func taskRows(tasks []api.Task) [][]string {
	var rows [][]string
	for _, task := range tasks {
		row := []string{task.Name, string(task.State), "", strconv.Itoa(len(task.Attempts)), "", task.Reason}
		if task.NextTry != nil && task.NextTry.After(time.Now()) {
			row[5] += ", next try " + clock(task.NextTry)
		}
		if n := len(task.Attempts); n > 0 {
			last := task.Attempts[n-1]
			row[2] = last.Executor
			if last.Started != nil && last.Ended != nil {
				row[4] = last.Ended.Sub(*last.Started).Round(time.Millisecond).String()
			}
			if row[5] == "" {
				row[5] = last.Doing
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// short is enough of an id to tell it from others.
func short(id string) string { return id[:min(8, len(id))] }

func named(flow, version string) string {
	if version == "" {
		return flow
	}
	return flow + " " + version
}

func clock(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05")
}
