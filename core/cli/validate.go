package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/flowset"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/core/rehearse"
)

// validateCommand checks files.
type validateCommand struct{ base }

func (c *validateCommand) Synopsis() string { return "Check site and flow files" }

func (c *validateCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy validate [options] PATH…

  Checks site configurations (*.hcl) and flow files (*.yaml, *.yml, *.hcl), and all of them
  below folders, and prints all that is wrong, each with its place and what to do. Flows are
  checked against the site if one is given: whether it has the executors and destinations that
  they name, the GPUs that they want, and the static mounts. Its executors' programs say
  which settings and options they know. Without other files, a site's own flows are checked.
  Starts no task, and asks no runtime, cluster, registry or destination.

Options:

  -online            when the files are right, also ask what they name: executors whether they
                     would take each model and have its image, registries for images that one
                     of these lacks, and destinations for an echo. Without a site, the best
                     executor of this machine is asked
  -json              print the diagnostics as a JSON array, for editors: severity, file, line,
                     column, end_line, end_column (all from 1, the end excluded), summary, hint
  -var NAME=VALUE    a value for a variable of flow files in HCL; may repeat
` + exitCodes)
}

func (c *validateCommand) Run(args []string) int {
	set := c.flags("validate", c.Help)
	asJSON := set.Bool("json", false, "")
	online := set.Bool("online", false, "")
	variables := variableFlag(set)
	paths, code, ok := c.parse(set, args)
	if !ok {
		return code
	}
	if len(paths) == 0 {
		return c.usage("validate takes the files or folders to check")
	}
	results := make(chan checked, 1)
	go func() { results <- check(paths, *variables) }()
	var found checked
	select {
	case found = <-results:
	case <-c.ctx.Done():
		return c.complain(errInterrupted)
	}
	if found.sites > 0 && found.ofSite() {
		here, err := rehearse.Offline(c.ctx, found.site, found.flows)
		if err != nil {
			return c.complain(err)
		}
		found.diagnostics = append(found.diagnostics, here...)
	}
	facts := found.notes()
	if *online && !found.diagnostics.HasErrors() {
		really, err := rehearse.Online(c.ctx, found.site, found.flows)
		if err != nil {
			return c.complain(err)
		}
		found.diagnostics, facts = append(found.diagnostics, really.Diagnostics...).Once(), append(facts, really.Facts...)
	}
	if *asJSON {
		if found.diagnostics == nil {
			found.diagnostics = lang.Diagnostics{}
		}
		c.printJSON(found.diagnostics)
	} else {
		for _, fact := range facts {
			fmt.Fprintln(c.out, fact)
		}
		c.show(found.diagnostics, found.files)
	}
	if found.diagnostics.HasErrors() {
		return exitNegative
	}
	return exitOK
}

// errInterrupted is that a signal broke a command off.
var errInterrupted = errors.New("interrupted")

// checked is what some files hold, and what is wrong with them.
type checked struct {
	diagnostics lang.Diagnostics
	files       int
	sites       int          // of them
	broken      bool         // no site could be made of these
	site        *config.Site // the default one if the files hold none
	flows       []*flowfile.Loaded
}

// ofSite reports whether the site itself could be read: then what it names is looked for,
// also where a flow is wrong.
func (c *checked) ofSite() bool { return c.site != nil && !c.broken }

// notes say what a site's files do not say, and what follows from them. They are no
// mistakes.
func (c *checked) notes() []string {
	if c.sites == 0 || !c.ofSite() {
		return nil
	}
	why := c.site.WhyTokenByDefault()
	if why == "" {
		return nil
	}
	return []string{"note: pages and API at " + c.site.HTTP.Listen + " need a token or a login, since " + why + ", over which they would reach it: " +
		"`raddeploy token create -role viewer` makes a token; http { require_token = true } says that it is meant, and false that whoever is on this host may ask"}
}

// check checks site files first, since they say what flows may name.
func check(paths []string, variables map[string]string) checked {
	c := checked{site: config.Default("")}
	var sites, flows []string
	all := false // flows of a site
	for _, path := range paths {
		switch _, err := os.Stat(path); {
		case errors.Is(err, fs.ErrNotExist):
			c.diagnostics.Errorf(lang.NewSource(path, nil).Whole(), "look for a slip in its name", "there is no such file or folder")
		case isSite(path):
			sites = append(sites, path)
		default:
			flows = append(flows, path)
		}
	}
	c.files, c.sites = len(sites), len(sites)
	var options flowfile.Options
	if len(sites) > 0 {
		site, found := config.Load(sites, os.LookupEnv)
		c.diagnostics = append(c.diagnostics, found...)
		c.broken = site == nil
		if site != nil {
			c.site = site
			options = flowset.Options(site)
			if all = len(flows) == 0; all {
				flows = expectedDirs(site.FlowDirs)
			}
		}
	}
	options.Variables = variables
	loaded, found := flowfile.Load(flows, options)
	c.flows, c.diagnostics, c.files = loaded, append(c.diagnostics, found...), c.files+len(loaded)
	c.diagnostics = append(c.diagnostics, onlyByHand(loaded)...)
	if all {
		c.diagnostics = append(c.diagnostics, c.site.MissingFlows(flowNames(loaded))...)
	}
	return c
}

func flowNames(flows []*flowfile.Loaded) (names []string) {
	for _, l := range flows {
		names = append(names, l.Flow.Name)
	}
	return names
}

// onlyByHand says which flows no arrival starts.
func onlyByHand(flows []*flowfile.Loaded) (found lang.Diagnostics) {
	for _, l := range flows {
		if l.Flow.OnlyByHand() {
			found.Warnf(lang.NewSource(l.Path, nil).Whole(), "add triggers if arrivals are to start it", "flow %s has no triggers: it is only started by hand", l.Flow.ID())
		}
	}
	return found
}

// isSite reports whether a path is a site configuration: a file in HCL that is
// not one of flows, or a folder that holds one directly.
func isSite(path string) bool {
	files := []string{path}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		// a path with wild characters is then a folder of flows
		files, _ = filepath.Glob(filepath.Join(path, "*.hcl"))
	}
	return slices.ContainsFunc(files, func(file string) bool {
		text, err := lang.ReadFile(file)
		return flowfile.IsHCL(file) && (err != nil || flowfile.IsSite(text))
	})
}

// expectedDirs are the folders of flows without the one that a site has by default: that
// need not be there.
func expectedDirs(dirs []string) []string {
	usual := filepath.Base(config.Default("").FlowDirs[0])
	return slices.DeleteFunc(slices.Clone(dirs), func(dir string) bool {
		_, err := os.Stat(dir)
		return errors.Is(err, fs.ErrNotExist) && filepath.Base(dir) == usual
	})
}
