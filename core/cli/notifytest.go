package cli

import "strings"

// notifyTestCommand has the agent send a test message.
type notifyTestCommand struct{ base }

func (c *notifyTestCommand) Synopsis() string {
	return "Send a test message to whom a notify block names"
}

func (c *notifyTestCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy notify test [options] NAME

  Has the agent send a test message, once and now, to each recipient of a notify block of its
  site's file, and shows what the mail server or the webhook answered. Nothing is tried again.

Options:
` + remoteHelp + `
` + exitCodes + `
  It is 1 if a message was not taken, and 4 if the site has no such notify block.`)
}

func (c *notifyTestCommand) Run(args []string) int {
	return c.asking("notify test", c.Help, args, 1, 1, "the name of one notify block", func(r remote, rest []string) int {
		return c.test(r, rest[0])
	})
}

func (c *notifyTestCommand) test(r remote, name string) int {
	tested, err := r.client().TestNotify(c.ctx, name)
	if err != nil {
		return c.complain(err)
	}
	code := exitOK
	rows := [][]string{}
	for _, t := range tested {
		state := "ok"
		if t.State != "ok" {
			state, code = "FAILED", exitNegative
		}
		rows = append(rows, []string{t.ID, state, t.Says})
		if t.Advice != "" {
			rows = append(rows, []string{"", "", "→ " + t.Advice})
		}
	}
	if r.json {
		if printed := c.printJSON(tested); printed != exitOK {
			return printed
		}
		return code
	}
	c.table(rows)
	return code
}
