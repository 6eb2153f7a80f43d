package cli

import (
	"flag"
	"strings"
)

// heldCommand acts on what is held: release and discard.
type heldCommand struct {
	base
	release bool
}

func (c *heldCommand) Synopsis() string {
	if c.release {
		return "Let go on what is held"
	}
	return "Give up what is held"
}

func (c *heldCommand) Help() string {
	if c.release {
		return strings.TrimSpace(`
Usage: raddeploy release [options] ARRIVAL|RUN

  Lets go on what is held for an operator: an arrival that is incomplete, because its
  association broke off or objects came late, is complete with the objects that it has, and
  matched. ARRIVAL and RUN are ids or the beginnings of them. What was released already
  stays so.

  raddeploy arrivals                what is incomplete, and why
  raddeploy release 0b7c1f8e        have it matched all the same

Options:
` + remoteHelp + `
` + exitCodes + `
  It is 1 if nothing of it is held.`)
	}
	return strings.TrimSpace(`
Usage: raddeploy discard [options] ARRIVAL|RUN

  Gives up what is held for an operator: an arrival that is incomplete, because its
  association broke off or objects came late, is discarded. Its objects stay for as long as
  the site keeps received files. ARRIVAL and RUN are ids or the beginnings of them. What was
  discarded already stays so.

  raddeploy discard 0b7c1f8e -reason "the scanner sent it again by another name"

Options:

  -reason TEXT   why, for the journal; it names no patient` + remoteHelp + `
` + exitCodes + `
  It is 1 if nothing of it is held.`)
}

func (c *heldCommand) word() string {
	if c.release {
		return "release"
	}
	return "discard"
}

func (c *heldCommand) Run(args []string) int {
	order := order()
	more := func(set *flag.FlagSet) {
		if !c.release {
			set.StringVar(&order.Reason, "reason", "", "")
		}
	}
	return c.acting(c.word(), "the id of one arrival or run", c.Help, args, more, func(r remote, id string) int {
		act := r.client().Discard
		if c.release {
			act = r.client().Release
		}
		acted, err := act(c.ctx, id, order)
		switch {
		case err != nil:
			return c.complain(err)
		case acted.Run != nil:
			return c.actedOn(r, *acted.Run, nil)
		case r.json:
			return c.printJSON(acted.Arrival)
		}
		c.became("arrival", string(acted.Arrival.ID), string(acted.Arrival.State), acted.Arrival.Reason)
		return exitOK
	})
}
