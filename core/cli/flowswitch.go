package cli

import (
	"fmt"
	"strings"
)

// flowSwitchCommand has a flow take part or not: enable and disable.
type flowSwitchCommand struct {
	base
	on bool
}

func (c *flowSwitchCommand) Synopsis() string {
	if c.on {
		return "Have a disabled flow take part again"
	}
	return "Have a flow take no part until it is enabled"
}

func (c *flowSwitchCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy flow ` + c.word() + ` [options] FLOW

  ` + c.Synopsis() + `, from the next arrival on. Runs in
  progress go on. It is kept over restarts of the agent and changes of the flow's file.
  FLOW is a name, or NAME@VERSION where several versions are there.

Options:
` + remoteHelp + `
` + exitCodes)
}

func (c *flowSwitchCommand) word() string {
	if c.on {
		return "enable"
	}
	return "disable"
}

func (c *flowSwitchCommand) Run(args []string) int {
	return c.oneFlow("flow "+c.word(), c.Help, args, func(r remote, id string) int {
		f, err := r.client().SwitchFlow(c.ctx, id, c.on, order())
		if err != nil {
			return c.complain(err)
		}
		if r.json {
			return c.printJSON(f)
		}
		fmt.Fprintf(c.out, "%s is %s\n", f.ID, f.State)
		return exitOK
	})
}
