package cli

import (
	"flag"
	"strings"
)

// resendCommand has the results of a run sent again.
type resendCommand struct{ base }

func (c *resendCommand) Synopsis() string { return "Have the results of a run sent again" }

func (c *resendCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy resend [options] RUN

  Has the results of a run sent again that has ended, and all of whose tasks succeeded: to
  the destinations that did not get all of them or, where all did, to every one. What a
  destination took of a delivery that failed is not sent to it again. RUN is an id or the
  beginning of one.

  raddeploy resend 0b7c1f8e               to those that did not get all
  raddeploy resend 0b7c1f8e -to archive   to one of the site's destinations, whether the flow
                                          names it or not

Options:

  -to DEST       this destination only: a name of the site's, or the AE title of one that
                 the run was sent to and that has no name` + remoteHelp + `
` + exitCodes + `
  It is 1 if the run has no whole results, or they were removed.`)
}

func (c *resendCommand) Run(args []string) int {
	order := order()
	more := func(set *flag.FlagSet) { set.StringVar(&order.To, "to", "", "") }
	return c.acting("resend", "the id of one run", c.Help, args, more, func(r remote, id string) int {
		run, err := r.client().ResendRun(c.ctx, id, order)
		return c.actedOn(r, run, err)
	})
}
