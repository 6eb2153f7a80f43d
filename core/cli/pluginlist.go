package cli

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/config"
)

// pluginListCommand shows the executors of a site, or the plugins that are
// installed.
type pluginListCommand struct{ base }

func (c *pluginListCommand) Synopsis() string { return "Show the executors of a site" }

func (c *pluginListCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy plugin list [options]

  Shows the executors that the agent has: their plugins and versions, how their backends are,
  what they can do besides running tasks, how many tasks they take at once, and their GPUs.
  With -config the site's plugins are launched without an agent, which is quick and disturbs
  none that runs. Where there is neither, the installed plugins are shown.

  CPUS is what the site gives to an executor, SLOTS what its backend takes at the most.

Options:

  -config PATH   the site's configuration: a file or folder; may be repeated` + remoteHelp + programsHelp + `
` + exitCodes)
}

func (c *pluginListCommand) Run(args []string) int {
	set := c.flags("plugin list", c.Help)
	var r remote
	var p programs
	var paths stringList
	r.register(set)
	p.register(set)
	set.Var(&paths, "config", "")
	rest, code, ok := c.parse(set, args)
	switch {
	case !ok:
		return code
	case len(rest) > 0:
		return c.usage("plugin list takes no arguments: see `raddeploy plugin inspect` for one plugin")
	case len(paths) > 0:
		return c.ofSite(paths, p, r.json)
	}
	executors, err := r.client().Executors(c.ctx)
	asked := given(set, "address") || os.Getenv("RADDEPLOY_ADDR") != ""
	if errors.Is(err, api.ErrUnreachable) && !asked {
		return c.installed(p, r.json)
	}
	if err != nil {
		return c.complain(err)
	}
	return c.print(executors, r.json)
}

// ofSite launches the plugins of a site.
func (c *pluginListCommand) ofSite(paths []string, p programs, asJSON bool) int {
	site, diagnostics := config.Load(paths, os.LookupEnv)
	if err := diagnostics.Fprint(c.errs); err != nil {
		return c.complain(err)
	}
	if diagnostics.HasErrors() {
		return exitUsage
	}
	if p.folder == "" {
		p.folder = site.PluginDir
	}
	executors := site.Executors
	if len(executors) == 0 { // the agent takes one of those that are there
		programs, _, err := p.installed()
		if err != nil {
			return c.complain(err)
		}
		for _, path := range programs {
			executors = append(executors, config.Executor{Plugin: nameOf(path), Instance: nameOf(path), Path: path, CPUs: site.CPUs, GPUs: site.GPUs})
		}
	}
	return c.print(each(executors, func(e config.Executor) api.Executor { return c.look(e, p) }), asJSON)
}

// installed launches each installed plugin for as long as it takes to ask what
// it is.
func (c *pluginListCommand) installed(p programs, asJSON bool) int {
	programs, folder, err := p.installed()
	if err != nil {
		return c.complain(err)
	}
	fmt.Fprintf(c.errs, "No agent answers. These are the plugins in %s; -config PATH shows the executors of a site.\n", folder)
	return c.print(each(programs, func(path string) api.Executor {
		shown := api.Executor{ID: nameOf(path), Plugin: nameOf(path), State: "installed", Capabilities: []string{}, Devices: []api.Device{}}
		description, err := describe(c.ctx, path, p.logger(c.errs))
		if err != nil {
			shown.State, shown.Message = "broken", err.Error()
			return shown
		}
		shown.Version, shown.Capabilities, shown.Message = description.Version, api.CapabilityNames(description.Capabilities), description.Doc
		return shown
	}), asJSON)
}

func (c *pluginListCommand) print(executors []api.Executor, asJSON bool) int {
	if asJSON {
		return c.printJSON(executors)
	}
	rows := [][]string{{"ID", "PLUGIN", "VERSION", "STATE", "BACKEND", "CAN", "CPUS", "SLOTS", "GPUS", "MESSAGE"}}
	for _, e := range executors {
		rows = append(rows, []string{e.ID, e.Plugin, dash(e.Version), e.State, dash(e.Backend), list(e.Capabilities),
			count(e.CPUs), count(e.Slots), gpus(e), e.Message})
	}
	c.table(rows)
	for _, e := range executors {
		for _, d := range e.Devices {
			fmt.Fprintf(c.out, "  GPU of %s: %s\n", e.ID, strings.Join(strings.Fields(d.Index+" "+d.UUID+" "+d.CDI), "  "))
		}
	}
	return exitOK
}

// gpus says how many devices the site gives to an executor, and how many its
// backend tells of.
func gpus(e api.Executor) string {
	if e.ClusterGPUs > 0 {
		return fmt.Sprintf("up to %d a task", e.ClusterGPUs)
	}
	if e.GPUs == 0 && len(e.Devices) == 0 {
		return "-"
	}
	return fmt.Sprintf("%d of %d", e.GPUs, len(e.Devices))
}

func count(n int) string {
	if n == 0 {
		return "-"
	}
	return strconv.Itoa(n)
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// each does one thing to all of them at once.
func each[A, B any](all []A, do func(A) B) []B {
	done := make([]B, len(all))
	var working sync.WaitGroup
	for i, one := range all {
		working.Go(func() { done[i] = do(one) })
	}
	working.Wait()
	return done
}
