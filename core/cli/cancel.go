package cli

import "strings"

// cancelCommand ends a run before its end.
type cancelCommand struct{ base }

func (c *cancelCommand) Synopsis() string { return "End a run before its end" }

func (c *cancelCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy cancel [options] RUN

  Ends a run before its end. Nothing more of it is started or sent. What runs is stopped,
  gently and, 10 seconds later, by force; until it has ended the run is in state canceling.
  An executor that is away is waited for. What a destination has taken already stays there.
  RUN is an id or the beginning of one. A run that is canceled already stays so.

  raddeploy cancel 0b7c1f8e        cancel a run
  raddeploy runs 0b7c1f8e          what it waits for, and who canceled it
  raddeploy retry 0b7c1f8e         have it tried again

Options:
` + remoteHelp + `
` + exitCodes + `
  It is 1 if the run has ended otherwise.`)
}

func (c *cancelCommand) Run(args []string) int {
	return c.acting("cancel", "the id of one run", c.Help, args, nil, func(r remote, id string) int {
		run, err := r.client().CancelRun(c.ctx, id, order())
		return c.actedOn(r, run, err)
	})
}
