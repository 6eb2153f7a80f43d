package cli

import (
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/sdk/conformance"
)

// pluginCheckCommand runs the conformance suite on a plugin.
type pluginCheckCommand struct{ base }

func (c *pluginCheckCommand) Synopsis() string {
	return "Say whether an executor plugin keeps the contract"
}

func (c *pluginCheckCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy plugin check [options] BINARY|NAME
       raddeploy plugin check -list

  Holds a plugin, in whatever language it is written, to each promise of the executor contract:
  launches it as the agent does, runs tasks on its real backend, kills it and launches it
  again, and says of each case that fails what the contract says, what happened, and where to
  read. BINARY is the path of a program, NAME an installed plugin such as docker.

  What a plugin says that it lacks (an optional call, or a word that it refuses) is "not
  offered", which is no failure. What could not be tried without being given more, such as
  -absent, is "not asked". The verdict counts the cases that every executor must keep apart
  from the optional ones. Without a backend that works, only what needs none is asked.

  How long things are waited for is measured by what the machine gets done: where more
  threads want to run than there are CPUs, it is as many times longer.

Options:

  -list          say which cases there are, and which are required; -v: what each is about
  -config FILE   the words of the config block, as HCL, YAML or JSON
  -absent FILE   the same for a backend that is not there, such as a wrong endpoint
  -image IMAGE   an image with a shell (default busybox:latest)
  -gpus COMMAND  a shell command that prints the UUIDs of the GPUs that a container sees, one a
                 line (default: it asks nvidia-smi)
  -run REGEXP    only the cases whose names match
  -parallel N    how many cases run at once (default 4)
  -patience D    how long anything that must happen is waited for (default 30s)
  -junit FILE    write the results to a file, as JUnit has them, too
  -json          print JSON
  -v             say what each case is about` + strings.Replace(programsHelp, "\n  -v             show what the plugin logs", "", 1) + `
` + exitCodes)
}

func (c *pluginCheckCommand) Run(args []string) int {
	set := c.flags("plugin check", c.Help)
	var p programs
	p.register(set)
	suite := conformance.Suite{}
	configFile, absentFile := set.String("config", "", ""), set.String("absent", "", "")
	set.StringVar(&suite.Image, "image", "", "")
	set.StringVar(&suite.GPUs, "gpus", "", "")
	set.IntVar(&suite.Parallel, "parallel", 0, "")
	set.DurationVar(&suite.Patience, "patience", 0, "")
	pattern := set.String("run", "", "")
	asJSON, list, junit := set.Bool("json", false, ""), set.Bool("list", false, ""), set.String("junit", "", "")
	rest, code, ok := c.parse(set, args)
	if !ok {
		return code
	}
	if *list && len(rest) > 0 {
		return c.usage("plugin check -list takes no plugin: the cases are the same for all")
	}
	if !*list && len(rest) != 1 {
		return c.usage("plugin check takes the path of a plugin's program, or the name of an installed plugin")
	}
	if suite.Parallel < 0 {
		return c.usage("-parallel %d: want 1 or more", suite.Parallel)
	}
	var err error
	if suite.Only, err = regexp.Compile(*pattern); err != nil {
		return c.usage("-run %q: %v", *pattern, err)
	}
	cases := slices.DeleteFunc(conformance.Cases(), func(one conformance.Case) bool { return !suite.Only.MatchString(one.Name) })
	if len(cases) == 0 {
		return c.usage("-run %q matches none of the %d cases", *pattern, len(conformance.Cases()))
	}
	if *list {
		return c.list(cases, *asJSON, p.verbose)
	}
	if suite.Program, err = p.program(rest[0]); err != nil {
		c.complain(err)
		return exitUsage
	}
	description, err := describe(c.ctx, suite.Program, hclog.NewNullLogger())
	if err != nil {
		return c.complain(err)
	}
	if suite.Config, ok = c.pluginConfig(*configFile, description.Config); !ok {
		return exitUsage
	}
	if *absentFile != "" {
		if suite.Absent, ok = c.pluginConfig(*absentFile, description.Config); !ok {
			return exitUsage
		}
	}
	check := checking{
		base: c.base, quiet: *asJSON, verbose: p.verbose, config: *configFile, junit: *junit,
		cases: cases, description: description,
	}
	return check.run(suite)
}
