package cli

import (
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
)

// tokenCreateCommand makes a token.
type tokenCreateCommand struct{ base }

func (c *tokenCreateCommand) Synopsis() string { return "Make a token for the API or the pages" }

func (c *tokenCreateCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy token create -role ROLE [options]

  Makes a token and prints it. The agent keeps a hash alone and cannot show it again. It
  needs the role admin: ask on the agent's host as root or as the agent's own user.

  raddeploy token create -role viewer -name prometheus -expires 365d > prometheus.token
  raddeploy token create -role operator -name "night shift"

  A program sends it as "Authorization: Bearer TOKEN"; this command line takes it from
  RADDEPLOY_TOKEN, or from the file that RADDEPLOY_TOKEN_FILE names, or
  ~/.config/raddeploy/token, which nobody else may be able to read. In a browser it is
  pasted into the form at /login.

Options:

  -role ROLE     viewer: sees everything but pictures and the audit journal; operator: sees
                 pictures, acts on runs, arrivals, flows and executors, too; admin: reloads, backs up, makes tokens,
                 reads the audit journal, too
  -name NAME     what the journal calls who uses it; default who makes it
  -expires TIME  how long it counts, such as 12h or 90d, which is the default; or never
` + remoteHelp + `
` + exitCodes)
}

func (c *tokenCreateCommand) Run(args []string) int {
	var r remote
	set := c.flags("token create", c.Help)
	r.register(set)
	var o api.TokenOrder
	set.StringVar((*string)(&o.Role), "role", "", "")
	set.StringVar(&o.Name, "name", "", "")
	set.StringVar(&o.Expires, "expires", "", "")
	rest, code, ok := c.parse(set, args)
	switch {
	case !ok:
		return code
	case len(rest) > 0:
		return c.usage("token create takes no arguments: name it with -name")
	case o.Role == "":
		return c.usage("token create needs -role viewer, operator or admin")
	}
	made, err := r.client().CreateToken(c.ctx, o)
	if err != nil {
		return c.complain(err)
	}
	if r.json {
		return c.printJSON(made)
	}
	say(c.errs, "token %s of %s, %s, expires %s; it is not shown again:\n", made.ID, made.Name, made.Role, orNever(made.Expires))
	say(c.out, "%s\n", made.Secret)
	return exitOK
}

// orNever is a time that may not come.
func orNever(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return t.Local().Format(time.DateTime)
}
