package cli

import (
	"fmt"
	"strconv"
	"strings"
)

// arrivalsCommand shows the arrivals, or one of them.
type arrivalsCommand struct{ base }

func (c *arrivalsCommand) Synopsis() string { return "Show the arrivals, or one of them" }

func (c *arrivalsCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy arrivals [options] [ARRIVAL]

  Lists the newest arrivals, or shows one with the runs that it triggered. ARRIVAL is an id
  or the beginning of one. With -json one arrival comes with its explanation: why each flow
  did or did not trigger.

Options:
` + remoteHelp + `
` + exitCodes)
}

func (c *arrivalsCommand) Run(args []string) int {
	return c.listing("arrivals", c.Help, args, c.all, c.one)
}

func (c *arrivalsCommand) all(r remote) int {
	arrivals, err := r.client().Arrivals(c.ctx)
	if err != nil {
		return c.complain(err)
	}
	if r.json {
		return c.printJSON(arrivals)
	}
	rows := [][]string{{"ID", "STATE", "FROM", "ADDRESS", "OBJECTS", "MB", "OPENED", "REASON"}}
	for _, a := range arrivals {
		rows = append(rows, []string{short(string(a.ID)), string(a.State), a.CallingAE, a.Address, strconv.Itoa(a.Objects), megabytes(a.Bytes),
			clock(&a.Opened), a.Reason})
	}
	c.table(rows)
	return exitOK
}

func (c *arrivalsCommand) one(r remote, id string) int {
	a, err := r.client().Arrival(c.ctx, id)
	if err != nil {
		return c.complain(err)
	}
	if r.json {
		return c.printJSON(a)
	}
	c.fields([][]string{
		{"Arrival", string(a.ID)},
		{"State", string(a.State)},
		{"Reason", a.Reason},
		{"From", fmt.Sprintf("%s at %s, calling %s", a.CallingAE, a.Address, a.CalledAE)},
		{"Objects", fmt.Sprintf("%d, %s MB", a.Objects, megabytes(a.Bytes))},
		{"Opened", clock(&a.Opened)},
		{"Completed", clock(a.Completed)},
	})
	if len(a.Runs) == 0 {
		return exitOK
	}
	fmt.Fprintln(c.out)
	rows := [][]string{{"RUN", "STATE", "FLOW", "OBJECTS", "REASON"}}
	for _, run := range a.Runs {
		rows = append(rows, []string{short(string(run.ID)), string(run.State), named(run.Flow, run.Version), strconv.Itoa(run.Objects), run.Reason})
	}
	c.table(rows)
	return exitOK
}

func megabytes(n int64) string { return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) }
