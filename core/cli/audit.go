package cli

import (
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

  -result WORD   done: it changed something; seen; refused` + entryHelp + remoteHelp + `
` + exitCodes)
}

func (c *auditCommand) Run(args []string) int {
	var r remote
	var f entryFlags
	set := c.flags("audit", c.Help)
	r.register(set)
	f.register(set)
	set.StringVar((*string)(&f.query.Result), "result", "", "")
	rest, code, ok := c.parse(set, args)
	switch {
	case !ok:
		return code
	case len(rest) > 0:
		return c.usage("audit takes no arguments: see `raddeploy audit -h`")
	}
	return c.showEntries(r, &f, r.client().Audit, auditRows)
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
