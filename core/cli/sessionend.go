package cli

import "strings"

// sessionEndCommand ends a login.
type sessionEndCommand struct{ base }

func (c *sessionEndCommand) Synopsis() string { return "End the login of a browser" }

func (c *sessionEndCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy session end [options] ID

  Has a login not count any more, and ends what is open with it. ID is that of raddeploy
  session list. Who can still log in may do so again: revoke the token, or take the role at
  the OpenID provider, first.

Options:
` + remoteHelp + `
` + exitCodes)
}

func (c *sessionEndCommand) Run(args []string) int {
	return c.acting("session end", "the id of one login", c.Help, args, nil, func(r remote, id string) int {
		s, err := r.client().EndSession(c.ctx, id)
		if err != nil {
			return c.complain(err)
		}
		if r.json {
			return c.printJSON(s)
		}
		say(c.out, "the login %s of %s has %s\n", s.ID, s.Name, s.State)
		return exitOK
	})
}
