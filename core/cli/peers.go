package cli

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/dcm"
)

// peersCommand shows who asked for associations, and who was rejected.
type peersCommand struct{ base }

func (c *peersCommand) Synopsis() string {
	return "Show who asked for associations, and why some were rejected"
}

func (c *peersCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy peers [options]

  Lists the peers that asked for an association, those that asked last first: the AE titles
  that they call themselves and us, their address, how often, and of those that were rejected
  why, in words. Then what the site's file needs so that those are accepted, who asked for
  storage commitment, what was proposed and is not accepted, and the peers that the site names
  and that never asked. It is where to look when a scanner says that it cannot send.

Options:
` + remoteHelp + `
` + exitCodes)
}

func (c *peersCommand) Run(args []string) int {
	return c.asking("peers", c.Help, args, 0, 0, "no arguments", func(r remote, _ []string) int {
		peers, err := r.client().Peers(c.ctx)
		if err != nil {
			return c.complain(err)
		}
		if r.json {
			return c.printJSON(peers)
		}
		c.show(peers)
		return exitOK
	})
}

func (c *peersCommand) show(peers []api.Peer) {
	rows := [][]string{{"PEER", "CALLING", "CALLED", "ADDRESS", "STATE", "COUNT", "LAST", "REASON"}}
	asked := [][]string{{"CALLING", "ADDRESS", "ASKED FOR", "COUNT", "LAST"}}
	refused := [][]string{{"CALLING", "ADDRESS", "NOT ACCEPTED", "COUNT", "LAST"}}
	for _, p := range peers {
		count := ""
		if p.Count > 0 {
			count = strconv.FormatInt(p.Count, 10)
		}
		rows = append(rows, []string{p.Name, cmp.Or(p.CallingAE, "-"), cmp.Or(p.CalledAE, "-"), cmp.Or(p.Address, "any"), p.State, count, clock(p.Last), p.Reason})
		if a := p.Commitment; a != nil {
			asked = append(asked, []string{p.CallingAE, p.Address, "storage commitment", strconv.FormatInt(a.Count, 10), clock(a.Last)})
		}
		for _, n := range p.NotAccepted {
			refused = append(refused, []string{p.CallingAE, p.Address, uidName(n.UID), strconv.FormatInt(n.Count, 10), clock(n.Last)})
		}
	}
	c.listed(rows)
	for _, p := range peers {
		if p.Accept != "" {
			fmt.Fprintf(c.out, "\nto accept %s at %s, in the site's file:\n%s\n", printable(p.CallingAE), p.Address, p.Accept)
		}
	}
	if len(asked) > 1 {
		fmt.Fprintln(c.out)
		c.table(asked)
	}
	if len(refused) > 1 {
		fmt.Fprintln(c.out)
		c.listed(refused)
	}
}

// uidName is a UID for people.
func uidName(uid string) string {
	name := dcm.UID(uid).Name()
	if name == "" || name == uid {
		return uid
	}
	return name + " (" + uid + ")"
}
