package cli

import "strings"

// sessionListCommand shows who is logged in.
type sessionListCommand struct{ base }

func (c *sessionListCommand) Synopsis() string { return "List the logins of browsers that count" }

func (c *sessionListCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy session list [options]

  Lists the logins of browsers that count, those that end last first: whose, with which role,
  until when, and by what: the id of a token, or the site's OpenID provider.

Options:
` + remoteHelp + `
` + exitCodes)
}

func (c *sessionListCommand) Run(args []string) int {
	return c.asking("session list", c.Help, args, 0, 0, "no arguments", func(r remote, _ []string) int {
		all, err := r.client().Sessions(c.ctx)
		if err != nil {
			return c.complain(err)
		}
		if r.json {
			return c.printJSON(all)
		}
		rows := [][]string{{"ID", "NAME", "ROLE", "EXPIRES", "BY"}}
		for _, s := range all {
			by := "provider"
			if s.Token != "" {
				by = "token " + s.Token
			}
			rows = append(rows, []string{s.ID, s.Name, string(s.Role), clock(&s.Expires), by})
		}
		c.table(rows)
		return exitOK
	})
}
