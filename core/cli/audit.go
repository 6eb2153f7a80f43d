package cli

import (
	"encoding/json"
	"flag"
	"strings"

	"github.com/raddeploy/raddeploy/core/api"
)

// auditCommand shows who did and saw what.
type auditCommand struct{ base }

func (c *auditCommand) Synopsis() string { return "Show who did what, saw what, and was refused" }

func (c *auditCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy audit [options]

  Lists the journal, newest first: each change with what it was before and after, each look
  at values, logs or pictures, each login, and what was refused; when, by whom, how that is
  known (socket, token, login, anonymous), and from where. Entries are never changed or
  removed. It needs the role admin. raddeploy journal has the changes alone, for everybody.

  raddeploy audit -since 7d -result refused
  raddeploy audit -thing run -of 0b7c1f8e-… -action look
  raddeploy audit -jsonl -since 2026-01-01T00:00:00Z > audit.jsonl

Options:

  -action WORD   such as cancel, disable, look, login, "create token"
  -thing WORD    run, arrival, executor, flow, token or site
  -of ID         the whole id of that
  -by NAME       who did it
  -result WORD   done: it changed something; seen; refused
  -since TIME    a time such as 2026-03-01T08:00:00Z, or how long ago, such as 90m or 7d
  -until TIME    as -since
  -n NUMBER      how many; default 200, at most 1000
  -jsonl         all of them, as JSON lines, to be kept elsewhere
` + remoteHelp + `
` + exitCodes)
}

func (c *auditCommand) Run(args []string) int {
	var r remote
	var q api.JournalQuery
	set := c.flags("audit", c.Help)
	r.register(set)
	set.StringVar((*string)(&q.Action), "action", "", "")
	set.StringVar(&q.Thing, "thing", "", "")
	set.StringVar(&q.Of, "of", "", "")
	set.StringVar(&q.By, "by", "", "")
	set.StringVar((*string)(&q.Result), "result", "", "")
	set.IntVar(&q.Limit, "n", 0, "")
	since, until := c.times(set)
	lines := set.Bool("jsonl", false, "")
	rest, code, ok := c.parse(set, args)
	switch {
	case !ok:
		return code
	case len(rest) > 0:
		return c.usage("audit takes no arguments: see `raddeploy audit -h`")
	}
	q.Since, q.Until = since.Time, until.Time
	if *lines {
		return c.lines(r.client(), q)
	}
	page, err := r.client().Audit(c.ctx, q)
	if err != nil {
		return c.complain(err)
	}
	if r.json {
		return c.printJSON(page.Items)
	}
	c.table(auditRows(page.Items))
	return exitOK
}

func (c *auditCommand) times(set *flag.FlagSet) (since, until *moment) {
	since, until = &moment{}, &moment{}
	set.Var(since, "since", "")
	set.Var(until, "until", "")
	return since, until
}

// lines prints all that is asked for, an entry a line.
func (c *auditCommand) lines(client *api.Client, q api.JournalQuery) int {
	out := json.NewEncoder(c.out)
	for {
		page, err := client.Audit(c.ctx, q)
		if err != nil {
			return c.complain(err)
		}
		for _, e := range page.Items {
			if err := out.Encode(e); err != nil {
				return c.complain(err)
			}
		}
		if page.Next == "" {
			return exitOK
		}
		q.After = page.Next
	}
}

func auditRows(entries []api.Entry) [][]string {
	rows := [][]string{{"TIME", "BY", "KNOWN BY", "FROM", "RESULT", "ACTION", "OF", "CHANGE", "DETAIL"}}
	for _, e := range entries {
		of := e.Of
		if e.Thing == "run" || e.Thing == "arrival" {
			of = short(of)
		}
		change := e.After
		if e.Before != "" {
			change = e.Before + " → " + e.After
		}
		rows = append(rows, []string{
			clock(&e.Time), e.By, string(e.Known), e.Address, string(e.Result), string(e.Action), strings.TrimSpace(e.Thing + " " + of), change, e.Detail,
		})
	}
	return rows
}
