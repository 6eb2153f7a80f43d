package cli

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/sdk"
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

  Holds a plugin, in whatever language it is written, to each promise of the executor contract:
  launches it as the agent does, runs tasks on its real backend, kills it and launches it
  again, and says of each case that fails what the contract says, what happened, and where to
  read. BINARY is the path of a program, NAME an installed plugin such as docker.

  What a plugin says that it lacks (an optional call, or a word that it refuses) is "not
  offered", which is no failure. What could not be tried without being given more, such as
  -absent, is "not asked".

Options:

  -config FILE   the words of the config block, as HCL, YAML or JSON
  -absent FILE   the same for a backend that is not there, such as a wrong endpoint
  -image IMAGE   an image with a shell (default busybox:latest)
  -gpus COMMAND  a shell command that prints the UUIDs of the GPUs that a container sees, one a
                 line (default: it asks nvidia-smi)
  -run REGEXP    only the cases whose names match
  -parallel N    how many cases run at once (default 4)
  -patience D    how long anything that must happen is waited for (default 30s)
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
	asJSON := set.Bool("json", false, "")
	rest, code, ok := c.parse(set, args)
	if !ok {
		return code
	}
	if len(rest) != 1 {
		return c.usage("plugin check takes the path of a plugin's program, or the name of an installed plugin")
	}
	if suite.Parallel < 0 {
		return c.usage("-parallel %d: want 1 or more", suite.Parallel)
	}
	var err error
	if suite.Only, err = regexp.Compile(*pattern); err != nil {
		return c.usage("-run %q: %v", *pattern, err)
	}
	chosen := func(one conformance.Case) bool { return suite.Only.MatchString(one.Name) }
	if !slices.ContainsFunc(conformance.Cases(), chosen) {
		return c.usage("-run %q matches none of the %d cases", *pattern, len(conformance.Cases()))
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
	check := checking{base: c.base, quiet: *asJSON, verbose: p.verbose, config: *configFile}
	return check.run(suite, description)
}

// checking is one run of the suite.
type checking struct {
	base
	quiet, verbose bool
	config         string // path of the file with the configuration; "": none
	results        []conformance.Result
}

func (c *checking) run(suite conformance.Suite, description sdk.Description) int {
	began := time.Now()
	err := suite.Check(c.ctx, func(r conformance.Result) {
		if c.ctx.Err() != nil { // it was broken off, which says nothing about the plugin
			return
		}
		c.results = append(c.results, r)
		if !c.quiet {
			c.show(r)
		}
	})
	if c.ctx.Err() != nil {
		return c.complain(errInterrupted)
	}
	var refused *sdk.Error
	if errors.As(err, &refused) && len(refused.Diagnostics) > 0 {
		return c.refused(refused.Diagnostics)
	}
	if c.quiet {
		c.printJSON(c.asJSON())
	} else if err == nil {
		c.sum(description, time.Since(began))
	}
	if err != nil {
		return c.complain(fmt.Errorf("check %s: %w", suite.Program, err))
	}
	if c.count(conformance.Failed) > 0 {
		return exitNegative
	}
	return exitOK
}

func (c *checking) show(r conformance.Result) {
	fmt.Fprintln(c.out, r)
	if c.verbose && r.State != conformance.Failed {
		fmt.Fprintf(c.out, "  the contract says: %s\n  where to read:     %s\n", r.Contract, r.Read)
	}
}

func (c *checking) count(state conformance.State) (n int) {
	for _, r := range c.results {
		if r.State == state {
			n++
		}
	}
	return n
}

func (c *checking) sum(description sdk.Description, took time.Duration) {
	verdict := "keeps the contract"
	switch all := len(conformance.Cases()); {
	case c.count(conformance.Failed) > 0:
		verdict = "does not keep the contract"
	case len(c.results) < all:
		verdict = fmt.Sprintf("keeps what was chosen of the %d cases", all)
	}
	fmt.Fprintf(c.out, "\n%s %s %s: %d passed, %d failed, %d not offered, %d not asked in %v\n", description.Name, description.Version, verdict,
		c.count(conformance.Passed), c.count(conformance.Failed), c.count(conformance.NotOffered), c.count(conformance.NotAsked), took.Round(time.Second))
	for _, r := range c.results {
		if r.State == conformance.Failed {
			fmt.Fprintf(c.out, "  failed: %s\n", r.Name)
		}
	}
}

// caseJSON is a result for programs.
type caseJSON struct {
	ID       string   `json:"id"`
	State    string   `json:"state"`
	Contract string   `json:"contract"`
	Read     string   `json:"read"`
	Required bool     `json:"required"`
	Findings []string `json:"findings"`
	Seconds  float64  `json:"seconds"`
	Logs     string   `json:"logs,omitempty"`
}

// asJSON has the results in the order of the suite's cases.
func (c *checking) asJSON() []caseJSON {
	shown := []caseJSON{}
	for _, one := range conformance.Cases() {
		for _, r := range c.results {
			if r.Name == one.Name {
				shown = append(shown, caseJSON{r.Name, r.State.String(), r.Contract, r.Read, r.Required,
					append([]string{}, r.Findings...), r.Took.Seconds(), r.Logs})
			}
		}
	}
	return shown
}
