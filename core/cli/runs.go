package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
)

// runsCommand shows the runs, or one of them.
type runsCommand struct{ base }

func (c *runsCommand) Synopsis() string { return "Show the runs, or one of them" }

func (c *runsCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy runs [options] [RUN]

  Lists the newest runs, or shows one with its tasks and deliveries. RUN is an id or the
  beginning of one.

Options:
` + remoteHelp + `
` + exitCodes)
}

func (c *runsCommand) Run(args []string) int {
	return c.listing("runs", c.Help, args, c.all, c.one)
}

func (c *runsCommand) all(r remote) int {
	page, err := r.client().Runs(c.ctx, api.RunQuery{})
	if err != nil {
		return c.complain(err)
	}
	if r.json {
		return c.printJSON(page.Items)
	}
	rows := [][]string{{"ID", "STATE", "FLOW", "PRIORITY", "OBJECTS", "FROM", "CREATED", "REASON"}}
	for _, run := range page.Items {
		rows = append(rows, []string{short(string(run.ID)), string(run.State), named(run.Flow, run.Version), strconv.Itoa(run.Priority),
			strconv.Itoa(run.Objects), run.CallingAE, clock(&run.Created), run.Reason})
	}
	c.table(rows)
	return exitOK
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
			fmt.Sprintf("%d of %d", d.Sent, d.Objects), strconv.Itoa(d.Tries), clock(d.NextTry), d.Reason})
	}
	c.table(rows)
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
