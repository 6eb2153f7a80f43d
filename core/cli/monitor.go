package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
	runs "github.com/raddeploy/raddeploy/core/run"
)

// monitorCommand shows what the agent does, live.
type monitorCommand struct{ base }

func (c *monitorCommand) Synopsis() string { return "Show what the agent does, live" }

func (c *monitorCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy monitor [options]

  Shows what is under way, anew every two seconds until interrupted: arrivals that come in,
  open runs, executors, destinations that results wait for, and the newest runs. An agent
  that is restarted meanwhile is found again.

Options:
` + addressHelp + `
` + exitCodes)
}

func (c *monitorCommand) Run(args []string) int {
	return c.asking("monitor", c.Help, args, 0, 0, "no arguments", func(r remote, _ []string) int {
		if r.json {
			return c.usage("monitor is for people: programs follow the agent's events")
		}
		client := r.client()
		return c.again(func() error { return c.show(client) })
	})
}

// mostShown is how many of the newest runs and arrivals are shown.
const mostShown = 10

func (c *monitorCommand) show(client *api.Client) error {
	status, err := client.Status(c.ctx)
	if err != nil {
		return err
	}
	open, err := client.Runs(c.ctx, api.RunQuery{
		States: []runs.State{runs.Pending, runs.Running, runs.Sending, runs.Canceling}, Paging: api.Paging{Limit: 1000},
	})
	if err != nil {
		return err
	}
	arriving, err := client.Arrivals(c.ctx, api.ArrivalQuery{States: []runs.ArrivalState{runs.ArrivalReceiving}, Paging: api.Paging{Limit: mostShown}})
	if err != nil {
		return err
	}
	newest, err := client.Runs(c.ctx, api.RunQuery{Paging: api.Paging{Limit: mostShown}})
	if err != nil {
		return err
	}
	waiting, err := (&statusCommand{c.base}).waiting(client)
	if err != nil {
		return err
	}
	c.fields([][]string{
		{"Site", status.Site},
		{"Receives", status.AETitle + " on " + listeners(&status)},
		{"Open runs", countStates(open.Items)},
		{"Held", strconv.Itoa(len(status.Held))},
	})
	c.section(arrivingRows(arriving.Items))
	executors := [][]string{{"EXECUTOR", "STATE", "CPUS", "GPUS", "MESSAGE"}}
	for _, e := range status.Executors {
		executors = append(executors, []string{e.ID, executorState(e), strconv.Itoa(e.CPUs), strconv.Itoa(e.GPUs), e.Message})
	}
	c.section(executors)
	c.section(waiting)
	if len(newest.Items) > 0 {
		fmt.Fprintln(c.out)
		(&runsCommand{base: c.base}).showRuns(newest.Items)
	}
	for _, problem := range status.Problems {
		say(c.out, "\n%s\n", problem)
	}
	return nil
}

// section lists rows below a head, if there are any.
func (c *monitorCommand) section(rows [][]string) {
	if len(rows) > 1 {
		fmt.Fprintln(c.out)
		c.listed(rows)
	}
}

// countStates is how many runs are in which state, such as "2 running, 1 sending".
func countStates(all []api.Run) string {
	counts := make(map[runs.State]int)
	for _, r := range all {
		counts[r.State]++
	}
	var said []string
	for _, state := range runs.RunStates() {
		if counts[state] > 0 {
			said = append(said, fmt.Sprintf("%d %s", counts[state], state))
		}
	}
	if len(said) == 0 {
		return "none"
	}
	return strings.Join(said, ", ")
}

// arrivingRows are the arrivals that come in now.
func arrivingRows(all []api.Arrival) [][]string {
	rows := [][]string{{"ARRIVAL", "FROM", "OBJECTS", "SINCE", "WAITS FOR"}}
	for _, a := range all {
		rows = append(rows, []string{short(string(a.ID)), a.CallingAE, strconv.Itoa(a.Objects),
			time.Since(a.Opened).Round(time.Second).String(), strings.Join(a.WaitsFor, "; ")})
	}
	return rows
}
