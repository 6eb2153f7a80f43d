package cli

import (
	"encoding/json"
	"strings"

	"github.com/raddeploy/raddeploy/core/api"
)

// logsCommand shows what a run's tasks printed.
type logsCommand struct{ base }

func (c *logsCommand) Synopsis() string { return "Show what a run's tasks printed" }

func (c *logsCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy logs [options] RUN

  Shows what the tasks of a run printed: their standard output on standard output, their
  standard error on standard error. RUN is an id or the beginning of one. Of a run with
  several tasks each line begins with the task's name. With -json each piece comes with its
  time, and its data in base64; with -f too, one object a line.

Options:

  -task NAME     one task only, by its name or index
  -timestamps    when each line was printed, before it
  -raw           the bytes as they were printed, without names and times
  -f             go on until the run has ended` + remoteHelp + `
` + exitCodes)
}

func (c *logsCommand) Run(args []string) int {
	var r remote
	set := c.flags("logs", c.Help)
	r.register(set)
	task := set.String("task", "", "")
	follow := set.Bool("f", false, "")
	timestamps := set.Bool("timestamps", false, "")
	raw := set.Bool("raw", false, "")
	rest, code, ok := c.parse(set, args)
	if !ok {
		return code
	}
	if len(rest) != 1 {
		return c.usage("logs takes the id of one run")
	}
	if *timestamps && *raw {
		return c.usage("-raw has no times: leave out one of -raw and -timestamps")
	}
	lines := []api.LogLine{}
	printed := &printedLog{out: c.out, errs: c.errs, timestamps: *timestamps}
	if *task == "" && !r.json && !*raw {
		of, err := r.client().Run(c.ctx, rest[0])
		if err != nil {
			return c.complain(err)
		}
		printed.names = namesOf(of.Tasks)
	}
	defer printed.end()
	err := r.client().Logs(c.ctx, rest[0], *task, *follow, func(line api.LogLine) error {
		if r.json && !*follow {
			lines = append(lines, line)
			return nil
		}
		if r.json {
			return json.NewEncoder(c.out).Encode(line)
		}
		return printed.write(line)
	})
	if err != nil {
		return c.complain(err)
	}
	if r.json && !*follow {
		return c.printJSON(lines)
	}
	return exitOK
}
