package cli

import (
	"flag"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/flowfile"
)

// flowShowCommand shows one of the agent's flows.
type flowShowCommand struct{ base }

func (c *flowShowCommand) Synopsis() string { return "Show one of the agent's flows" }

func (c *flowShowCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy flow show [options] FLOW

  Shows a flow that the agent has, as its file is written: with its comments, and of a file
  with several flows this one. If the file is broken now, it is what the file held before,
  which stays in force, and what is wrong with it is said. FLOW is a name, or NAME@VERSION
  where several versions are there. -json prints it also with every default filled in, as
  definition, in the same words.

Options:

  -to hcl|yaml   what is in force, written in this language, without comments and without what
                 is as it is by default` + remoteHelp + `
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
			{"File", fileLine(f)},
			{"Digest", f.Digest},
		})
		c.problems([]api.Flow{f})
		if len(f.Definition) == 0 {
			return exitOK
		}
		text, err := textOf(f, to)
		if err != nil {
			return c.complain(err)
		}
		say(c.out, "\n%s", text)
		if !strings.HasSuffix(text, "\n") {
			say(c.out, "\n")
		}
		return exitOK
	})
}

// fileLine names the file of a flow, and says whether the text that is shown is still
// its.
func fileLine(f api.Flow) string {
	if f.Stale {
		return f.File + " is broken now: below is what it held before, which is in force"
	}
	return f.File
}

// textOf is a flow as its file has it, or written anew in a language.
func textOf(f api.Flow, to string) (string, error) {
	if to == "" && f.Source != "" {
		return f.Source, nil
	}
	decoded, err := flowfile.ReadJSON(f.Definition)
	if err != nil {
		return "", err
	}
	if to == "hcl" || to == "" && flowfile.IsHCL(f.File) {
		return string(flowfile.WriteHCL(decoded)), nil
	}
	return string(flowfile.WriteYAML(decoded)), nil
}

// oneFlow is what a command takes that is about one flow.
const oneFlow = "one flow: a name, or NAME@VERSION"

// oneFlow runs a command that asks the agent about one flow.
func (b *base) oneFlow(name string, help func() string, args []string, do func(remote, string) int) int {
	return b.asking(name, help, args, 1, 1, oneFlow, func(r remote, rest []string) int { return do(r, rest[0]) })
}
