package cli

import (
	"fmt"
	"strings"

	"github.com/raddeploy/raddeploy/core/api"
)

// drainCommand keeps new tasks from an executor, or not any more: drain and
// undrain.
type drainCommand struct {
	base
	on bool
}

func (c *drainCommand) Synopsis() string {
	if c.on {
		return "Keep new tasks from an executor"
	}
	return "Give new tasks to a drained executor again"
}

func (c *drainCommand) Help() string {
	if !c.on {
		return strings.TrimSpace(`
Usage: raddeploy undrain [options] EXECUTOR

  Gives new tasks to an executor again that was drained. EXECUTOR is a name of the site's.

  raddeploy undrain gpu-box

Options:
` + remoteHelp + `
` + exitCodes)
	}
	return strings.TrimSpace(`
Usage: raddeploy drain [options] EXECUTOR

  Keeps new tasks from an executor, for maintenance of what it runs on: those that run go on
  to their end, and others wait or run elsewhere. It stays drained over restarts of the
  agent. EXECUTOR is a name of the site's.

  raddeploy drain gpu-box        no new task there
  raddeploy status               how many still run there
  raddeploy undrain gpu-box      new tasks again

Options:
` + remoteHelp + `
` + exitCodes)
}

func (c *drainCommand) word() string {
	if c.on {
		return "drain"
	}
	return "undrain"
}

func (c *drainCommand) Run(args []string) int {
	return c.acting(c.word(), "the name of one executor", c.Help, args, nil, func(r remote, name string) int {
		e, err := r.client().Drain(c.ctx, name, c.on, order())
		if err != nil {
			return c.complain(err)
		}
		if r.json {
			return c.printJSON(e)
		}
		say(c.out, "executor %s is %s\n", e.ID, executorState(e))
		return exitOK
	})
}

// executorState says how an executor is, and whether it gets new tasks.
func executorState(e api.Executor) string {
	switch {
	case e.Drained == nil:
		return e.State
	case e.Drained.Tasks == 0:
		return fmt.Sprintf("%s, drained by %s", e.State, e.Drained.By)
	}
	return fmt.Sprintf("%s, drained by %s; tasks that still run: %d", e.State, e.Drained.By, e.Drained.Tasks)
}
