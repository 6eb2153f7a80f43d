package cli

import (
	"fmt"
	"strings"
)

// destinationCheckCommand has the agent look at a destination.
type destinationCheckCommand struct{ base }

func (c *destinationCheckCommand) Synopsis() string {
	return "Look whether a destination is there, and what it takes"
}

func (c *destinationCheckCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy destination check [options] NAME

  Has the agent request an association with a destination that its site's file names, as it
  would to send: with its titles, TLS and source port. Shows how far it comes: association,
  TLS, C-ECHO, and which SOP classes the destination takes in which transfer syntaxes. Nothing
  is sent that the destination would keep.

Options:
` + remoteHelp + `
` + exitCodes + `
  It is 1 if a step failed, and 4 if the site names no such destination.`)
}

func (c *destinationCheckCommand) Run(args []string) int {
	return c.asking("destination check", c.Help, args, 1, 1, "the name of one destination", func(r remote, rest []string) int {
		return c.check(r, rest[0])
	})
}

func (c *destinationCheckCommand) check(r remote, name string) int {
	checked, err := r.client().CheckDestination(c.ctx, name)
	if err != nil {
		return c.complain(err)
	}
	code := exitOK
	if checked.State != "ok" {
		code = exitNegative
	}
	if r.json {
		if printed := c.printJSON(checked); printed != exitOK {
			return printed
		}
		return code
	}
	rows := [][]string{}
	for _, step := range checked.Steps {
		state := "ok"
		if !step.OK {
			state = "FAILED"
		}
		rows = append(rows, []string{step.Name, state, step.Says})
		if step.Advice != "" {
			rows = append(rows, []string{"", "", "→ " + step.Advice})
		}
	}
	c.table(rows)
	if len(checked.Accepts) == 0 {
		return code
	}
	fmt.Fprintln(c.out)
	rows = [][]string{{"SOP CLASS", "TRANSFER SYNTAXES"}}
	for _, a := range checked.Accepts {
		takes := strings.Join(a.TransferSyntaxes, "; ")
		if takes == "" {
			takes = "not taken"
		}
		rows = append(rows, []string{a.SOPClass, takes})
	}
	c.table(rows)
	return code
}
