package cli

import (
	"flag"
	"strings"
)

// retryCommand has a run tried again.
type retryCommand struct{ base }

func (c *retryCommand) Synopsis() string { return "Have a run tried again that failed or was canceled" }

func (c *retryCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy retry [options] RUN

  Has the tasks of a run tried again that failed, were skipped or were canceled. Those that
  succeeded keep their outputs. The run is open again under its id, its tries are numbered
  on, and all that its flow allows of further tries begins anew. The flow is as it was when
  the run was made: raddeploy rerun takes it as it is now. RUN is an id or the beginning of
  one.

  raddeploy retry 0b7c1f8e               what did not succeed
  raddeploy retry 0b7c1f8e -from seg     seg and all tasks that depend on it, too

Options:

  -from TASK     this task and those that depend on it are tried again though they
                 succeeded; a name or an index` + remoteHelp + `
` + exitCodes + `
  It is 1 if the run has not ended, or what it reads was removed.`)
}

func (c *retryCommand) Run(args []string) int {
	order := order()
	more := func(set *flag.FlagSet) { set.StringVar(&order.From, "from", "", "") }
	return c.acting("retry", "the id of one run", c.Help, args, more, func(r remote, id string) int {
		run, err := r.client().RetryRun(c.ctx, id, order)
		return c.actedOn(r, run, err)
	})
}
