package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/raddeploy/raddeploy/core/importer"
	"github.com/raddeploy/raddeploy/core/problem"
)

// importCommand turns a Python RadDeploy into a site.
type importCommand struct{ base }

func (c *importCommand) Synopsis() string {
	return "Turn a Python RadDeploy's settings and flows into a site"
}

func (c *importCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy import [options] CONF_D… -out site.hcl

  Reads an installation of the Python RadDeploy: its folder, or its services' conf.d folders,
  environment files, compose file and folder of flows, in any combination. Writes site.hcl and,
  beside it, the folder flows with the flows as they are, and "exclude: file" where they use
  "~", because that is how its last version behaved. Reports everything that has no counterpart
  or means something else now. Changes nothing of what it reads.

Options:

  -out FILE      the site to write; neither it nor the folder flows beside it may exist yet
  -json          print the report as JSON
` + exitCodes + `
  It is 1 if something has to be mended by hand before the agent takes the site and its flows.`)
}

func (c *importCommand) Run(args []string) int {
	set := c.flags("import", c.Help)
	out := set.String("out", "", "")
	asJSON := set.Bool("json", false, "")
	paths, code, ok := c.parse(set, args)
	switch {
	case !ok:
		return code
	case len(paths) == 0 || *out == "":
		return c.usage("import takes the folders of an installation, and the site to write by -out site.hcl")
	}
	flows := filepath.Join(filepath.Dir(*out), "flows")
	for _, place := range []string{*out, flows} {
		if _, err := os.Lstat(place); !errors.Is(err, fs.ErrNotExist) {
			return c.usage("%s is there already: name a site in another folder by -out", place)
		}
	}
	result, err := importer.Import(paths)
	if err != nil {
		return c.usage("%v", err)
	}
	if err := writeSite(*out, flows, result); err != nil {
		return c.complain(err)
	}
	if *asJSON {
		c.printJSON(result.Notes)
	} else {
		c.printNotes(*out, result)
	}
	for _, n := range result.Notes {
		if n.Kind == importer.Broken {
			return exitNegative
		}
	}
	return exitOK
}

func writeSite(out, flows string, result *importer.Result) error {
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return fmt.Errorf("write the site: %w", err)
	}
	for _, f := range result.Flows {
		place := filepath.Join(flows, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
			return fmt.Errorf("write flow %s: %w", f.Name, err)
		}
		if err := writeNew(place, f.Text); err != nil {
			return fmt.Errorf("write flow %s: %w", f.Name, err)
		}
	}
	if err := writeNew(out, result.Site); err != nil {
		return fmt.Errorf("write the site: %w", err)
	}
	return nil
}

// writeNew writes a file that must not exist.
func writeNew(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}

func (c *importCommand) printNotes(out string, result *importer.Result) {
	titles := map[importer.Kind]string{
		importer.Broken:   "To be mended first",
		importer.Changed:  "Means something else now",
		importer.Missing:  "Has no counterpart",
		importer.Needless: "Is not needed any more",
	}
	var last importer.Kind
	for _, n := range result.Notes {
		if n.Kind != last {
			last = n.Kind
			fmt.Fprintf(c.out, "%s:\n", titles[n.Kind])
		}
		text := n.Text
		if n.From != "" {
			text = n.From + ": " + text
		}
		fmt.Fprintf(c.out, "  %s\n", text)
	}
	fmt.Fprintf(c.out, "\n%s and %s are written. Look through them, then: raddeploy validate %s\n", out, problem.Counted(len(result.Flows), "flow"), out)
}
