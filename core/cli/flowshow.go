package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/api"
)

// flowShowCommand shows one of the agent's flows.
type flowShowCommand struct{ base }

func (c *flowShowCommand) Synopsis() string { return "Show one of the agent's flows" }

func (c *flowShowCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy flow show [options] FLOW

  Shows a flow as the agent has it in force, with every default filled in. FLOW is a name,
  or NAME@VERSION where several versions are there.

Options:
` + remoteHelp + `
` + exitCodes)
}

func (c *flowShowCommand) Run(args []string) int {
	return c.oneFlow("flow show", c.Help, args, func(r remote, id string) int {
		f, err := r.client().Flow(c.ctx, id)
		if err != nil {
			return c.complain(err)
		}
		if r.json {
			return c.printJSON(f)
		}
		c.fields([][]string{
			{"Flow", f.ID},
			{"State", f.State},
			{"Disabled since", clock(f.DisabledSince)},
			{"Priority", strconv.Itoa(f.Priority)},
			{"Owner", f.Owner},
			{"File", f.File},
			{"Digest", f.Digest},
		})
		c.problems([]api.Flow{f})
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, f.Definition, "", "  "); err != nil {
			return c.complain(err)
		}
		fmt.Fprintf(c.out, "\n%s\n", &pretty)
		return exitOK
	})
}

// oneFlow runs a command that asks the agent about one flow.
func (b *base) oneFlow(name string, help func() string, args []string, do func(remote, string) int) int {
	return b.asking(name, help, args, 1, 1, "one flow: a name, or NAME@VERSION", func(r remote, rest []string) int { return do(r, rest[0]) })
}
