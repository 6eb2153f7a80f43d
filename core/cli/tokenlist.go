package cli

import "strings"

// tokenListCommand shows the tokens.
type tokenListCommand struct{ base }

func (c *tokenListCommand) Synopsis() string { return "List the tokens of the API" }

func (c *tokenListCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy token list [options]

  Lists all tokens, the newest first: whose, with which role, until when, and when each was
  last used. Those that are revoked or expired stay in the list.

Options:
` + remoteHelp + `
` + exitCodes)
}

func (c *tokenListCommand) Run(args []string) int {
	return c.asking("token list", c.Help, args, 0, 0, "no arguments", func(r remote, _ []string) int {
		all, err := r.client().Tokens(c.ctx)
		if err != nil {
			return c.complain(err)
		}
		if r.json {
			return c.printJSON(all)
		}
		rows := [][]string{{"ID", "NAME", "ROLE", "STATE", "EXPIRES", "LAST USED", "MADE BY"}}
		for _, t := range all {
			rows = append(rows, []string{t.ID, t.Name, string(t.Role), string(t.State), orNever(t.Expires), orNever(t.LastUsed), t.By})
		}
		c.table(rows)
		return exitOK
	})
}
