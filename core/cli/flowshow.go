package cli

import (
	"flag"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/flowfile"
)

// flowShowCommand shows one of the agent's flows.
type flowShowCommand struct{ base }

func (c *flowShowCommand) Synopsis() string { return "Show one of the agent's flows" }

func (c *flowShowCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy flow show [options] FLOW

  Shows a flow as the agent has it in force, written in the language of its file, without
  what is as it is by default. FLOW is a name, or NAME@VERSION where several versions are
  there. -json prints it with every default filled in, as definition.

Options:

  -to hcl|yaml   write it in this language` + remoteHelp + `
` + exitCodes)
}

func (c *flowShowCommand) Run(args []string) int {
	var to string
	language := func(set *flag.FlagSet) { set.StringVar(&to, "to", "", "") }
	return c.acting("flow show", oneFlow, c.Help, args, language, func(r remote, id string) int {
		if to != "" && to != "hcl" && to != "yaml" {
			return c.usage("flow show knows -to hcl and -to yaml, and not %q", to)
		}
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
		if len(f.Definition) == 0 {
			return exitOK
		}
		decoded, err := flow.Decode(f.Definition)
		if err != nil {
			return c.complain(err)
		}
		text := flowfile.WriteYAML(decoded)
		if to == "hcl" || to == "" && flowfile.IsHCL(f.File) {
			text = flowfile.WriteHCL(decoded)
		}
		say(c.out, "\n%s", text)
		return exitOK
	})
}

// oneFlow is what a command takes that is about one flow.
const oneFlow = "one flow: a name, or NAME@VERSION"

// oneFlow runs a command that asks the agent about one flow.
func (b *base) oneFlow(name string, help func() string, args []string, do func(remote, string) int) int {
	return b.asking(name, help, args, 1, 1, oneFlow, func(r remote, rest []string) int { return do(r, rest[0]) })
}
