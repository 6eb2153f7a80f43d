package cli

import (
	"flag"
	"strings"
)

// rerunCommand has a flow run on what arrived.
type rerunCommand struct{ base }

func (c *rerunCommand) Synopsis() string { return "Have a flow run on what arrived" }

func (c *rerunCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy rerun [options] ARRIVAL|RUN -flow FLOW

  Has a flow of the agent's run on what arrived, as a new run, whether it triggered or not:
  on the objects that its triggers select or, if it does not trigger or has no triggers, on
  all. A run stands for its arrival. The flow is taken as it is now, also a disabled one.
  ARRIVAL and RUN are ids or the beginnings of them.

  raddeploy rerun 0b7c1f8e -flow seg          the flow seg on this arrival
  raddeploy rerun 0b7c1f8e -flow seg@1.02     where it has several versions

Options:

  -flow FLOW     the flow: a name, or NAME@VERSION` + remoteHelp + `
` + exitCodes + `
  It is 1 if the arrival is not complete, or its objects were removed.`)
}

func (c *rerunCommand) Run(args []string) int {
	order := order()
	more := func(set *flag.FlagSet) { set.StringVar(&order.Flow, "flow", "", "") }
	return c.acting("rerun", "the id of one arrival or run", c.Help, args, more, func(r remote, id string) int {
		if order.Flow == "" {
			return c.usage("rerun needs -flow: see `raddeploy rerun -h`")
		}
		run, err := r.client().Rerun(c.ctx, id, order)
		return c.actedOn(r, run, err)
	})
}
