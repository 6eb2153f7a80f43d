package cli

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/raddeploy/raddeploy/core/api"
	runs "github.com/raddeploy/raddeploy/core/run"
)

// journalCommand shows what operators did.
type journalCommand struct{ base }

func (c *journalCommand) Synopsis() string { return "Show what operators did, and who did it" }

func (c *journalCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy journal [options]

  Lists the newest actions of operators, newest first: what was done to what, when, and by
  whom. Entries are never changed or removed. What was done to one run is also shown by
  raddeploy runs RUN. It is the part of raddeploy audit that every role may see: what changed
  something.

  raddeploy journal -since 7d -thing flow

Options:
` + entryHelp + remoteHelp + `
` + exitCodes)
}

func (c *journalCommand) Run(args []string) int {
	var r remote
	var f entryFlags
	set := c.flags("journal", c.Help)
	r.register(set)
	f.register(set)
	rest, code, ok := c.parse(set, args)
	switch {
	case !ok:
		return code
	case len(rest) > 0:
		return c.usage("journal takes no arguments: see `raddeploy journal -h`")
	}
	return c.showEntries(r, &f, r.client().Journal, entryRows)
}

// entries shows what was done to one thing.
func (b *base) entries(entries []api.Entry) {
	fmt.Fprintln(b.out)
	b.table(entryRows(entries))
}

func entryRows(entries []api.Entry) [][]string {
	rows := [][]string{{"TIME", "ACTION", "OF", "BY", "FROM", "DETAIL"}}
	for _, e := range entries {
		of := e.Of
		if e.Thing == "run" || e.Thing == "arrival" {
			of = short(of)
		}
		by := e.By
		if by != "" && e.Known == runs.Anonymous {
			by += " (not proven)"
		}
		rows = append(rows, []string{clock(&e.Time), string(e.Action), strings.TrimSpace(e.Thing + " " + of), by, cmp.Or(e.Address, string(e.Known)), e.Detail})
	}
	return rows
}
