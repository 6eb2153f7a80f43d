package cli

import "strings"

// tokenRevokeCommand has a token not count any more.
type tokenRevokeCommand struct{ base }

func (c *tokenRevokeCommand) Synopsis() string { return "Have a token not count any more" }

func (c *tokenRevokeCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy token revoke [options] ID

  Has a token not count any more from the next request on, nor the logins that were begun
  with it. ID is that of raddeploy token list.

Options:
` + remoteHelp + `
` + exitCodes)
}

func (c *tokenRevokeCommand) Run(args []string) int {
	return c.acting("token revoke", "the id of one token", c.Help, args, nil, func(r remote, id string) int {
		t, err := r.client().RevokeToken(c.ctx, id)
		if err != nil {
			return c.complain(err)
		}
		if r.json {
			return c.printJSON(t)
		}
		say(c.out, "token %s of %s is %s\n", t.ID, t.Name, t.State)
		return exitOK
	})
}
