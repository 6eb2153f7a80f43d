package cli

import (
	"fmt"
	"strings"
)

// reloadCommand has the agent take up its site's file.
type reloadCommand struct{ base }

func (c *reloadCommand) Synopsis() string { return "Have the agent read its site's file again" }

func (c *reloadCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy reload [options]

  Has the agent read the configuration again that it was started with, and take it up as a
  whole, as SIGHUP does. Says what has changed, and which settings wait for a restart. A
  wrong configuration changes nothing: what is wrong is shown with its place. Associations
  and tasks go on.

Options:
` + remoteHelp + `
` + exitCodes + `
  It is 1 if the configuration is wrong.`)
}

func (c *reloadCommand) Run(args []string) int {
	return c.asking("reload", c.Help, args, 0, 0, "no arguments", func(r remote, _ []string) int { return c.reload(r) })
}

func (c *reloadCommand) reload(r remote) int {
	changes, err := r.client().Reload(c.ctx, order())
	switch {
	case err != nil:
		return c.complain(err)
	case r.json:
		return c.printJSON(changes)
	case len(changes) == 0:
		fmt.Fprintln(c.out, "nothing has changed")
		return exitOK
	}
	rows := [][]string{{"SETTING", "CHANGE", "IN FORCE"}}
	for _, change := range changes {
		inForce := "now"
		if change.Restart {
			inForce = "after a restart"
		}
		rows = append(rows, []string{change.Setting, change.What, inForce})
	}
	c.table(rows)
	return exitOK
}
