package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/api"
)

// flowListCommand shows the agent's flows.
type flowListCommand struct{ base }

func (c *flowListCommand) Synopsis() string { return "Show the agent's flows" }

func (c *flowListCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy flow list [options]

  Lists the flows that the agent has, in the order of their files, and what is wrong with
  files that it cannot use. What a broken file held before stays in force until the file is
  mended or removed.

  STATE is live, shadow (models run, nothing is sent), off (by its file), disabled (by
  ` + "`raddeploy flow disable`" + `) or broken (its file holds no flow). A flow with no triggers is
  only started by hand.

Options:
` + remoteHelp + `
` + exitCodes)
}

func (c *flowListCommand) Run(args []string) int {
	return c.asking("flow list", c.Help, args, 0, 0, "no arguments: see `raddeploy flow show` for one flow", func(r remote, _ []string) int { return c.list(r) })
}

func (c *flowListCommand) list(r remote) int {
	flows, err := r.client().Flows(c.ctx)
	if err != nil {
		return c.complain(err)
	}
	if r.json {
		return c.printJSON(flows)
	}
	rows := [][]string{{"FLOW", "STATE", "PRIORITY", "MODELS", "FILE"}}
	for _, f := range flows {
		state := f.State
		if f.Stale {
			state += ", file broken"
		}
		if f.OnlyByHand {
			state += ", no triggers"
		}
		rows = append(rows, []string{f.ID, state, strconv.Itoa(f.Priority), models(f.Models), f.File})
	}
	c.listed(rows)
	c.problems(flows)
	return exitOK
}

// models is the names of a flow's models. Of those without a name, whose names are
// their indexes, it is how many there are.
func models(all []string) string {
	var named []string
	for i, name := range all {
		if name != strconv.Itoa(i) {
			named = append(named, name)
		}
	}
	if n := len(all) - len(named); n > 0 {
		named = append(named, fmt.Sprintf("%d unnamed", n))
	}
	return strings.Join(named, ", ")
}

// problems prints what is wrong with the files of flows.
func (b *base) problems(flows []api.Flow) {
	for _, f := range flows {
		for _, problem := range f.Problems {
			say(b.out, "\n%s\n", problem)
		}
	}
}
