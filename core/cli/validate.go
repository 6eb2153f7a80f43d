package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/agent"
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/lang"
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
  they name. Without other files, a site's own flows are checked. Starts nothing.

Options:

  -json              print the diagnostics as a JSON array, for editors: severity, file, line,
                     column, end_line, end_column (all from 1, the end excluded), summary, hint
  -var NAME=VALUE    a value for a variable of flow files in HCL; may repeat
` + exitCodes)
}

func (c *validateCommand) Run(args []string) int {
	set := c.flags("validate", c.Help)
	asJSON := set.Bool("json", false, "")
	variables := variableFlag(set)
	paths, code, ok := c.parse(set, args)
	if !ok {
		return code
	}
	if len(paths) == 0 {
		return c.usage("validate takes the files or folders to check")
	}
	diagnostics, checked := check(paths, *variables)
	if *asJSON {
		if diagnostics == nil {
			diagnostics = lang.Diagnostics{}
		}
		c.printJSON(diagnostics)
	} else {
		c.show(diagnostics, checked)
	}
	if diagnostics.HasErrors() {
		return exitNegative
	}
	return exitOK
}

// check checks site files first, since they say what flows may name.
func check(paths []string, variables map[string]string) (diagnostics lang.Diagnostics, checked int) {
	var sites, flows []string
	for _, path := range paths {
		if isSite(path) {
			sites = append(sites, path)
		} else {
			flows = append(flows, path)
		}
	}
	var options flowfile.Options
	if len(sites) > 0 {
		site, found := config.Load(sites, os.LookupEnv)
		diagnostics = append(diagnostics, found...)
		checked += len(sites)
		if site != nil {
			diagnostics = append(diagnostics, agent.Check(site)...)
			options = agent.FlowOptions(site)
			if len(flows) == 0 {
				flows = existing(site.FlowDirs)
			}
		}
	}
	options.Variables = variables
	loaded, found := flowfile.Load(flows, options)
	return append(diagnostics, found...), checked + len(loaded)
}

// isSite reports whether a path is a site configuration: a file in HCL that is not one of flows, or a folder that holds one directly.
func isSite(path string) bool {
	files := []string{path}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		files, _ = filepath.Glob(filepath.Join(path, "*.hcl")) // a path with wild characters is then a folder of flows
	}
	return slices.ContainsFunc(files, func(file string) bool {
		text, err := os.ReadFile(file)
		return flowfile.IsHCL(file) && (err != nil || flowfile.IsSite(text))
	})
}

func existing(dirs []string) []string {
	var there []string
	for _, dir := range dirs {
		if _, err := os.Stat(dir); err == nil {
			there = append(there, dir)
		}
	}
	return there
}
