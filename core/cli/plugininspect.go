package cli

import (
	"fmt"
	"strings"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/sdk/host"
)

// pluginInspectCommand shows what a plugin is.
type pluginInspectCommand struct{ base }

func (c *pluginInspectCommand) Synopsis() string {
	return "Show what an executor plugin is, and the words that it knows"
}

func (c *pluginInspectCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy plugin inspect [options] BINARY|NAME

  Launches a plugin and shows what it tells of itself: what it does, what it can do, and the
  words of a site's config block and of a model's options with their types, defaults and
  meanings. It needs no configuration and no backend. BINARY is the path of a program, NAME
  an installed plugin such as docker.

Options:

  -json          print JSON
  -markdown      print a page of documentation` + programsHelp + `
` + exitCodes)
}

func (c *pluginInspectCommand) Run(args []string) int {
	set := c.flags("plugin inspect", c.Help)
	var p programs
	p.register(set)
	asJSON, asMarkdown := set.Bool("json", false, ""), set.Bool("markdown", false, "")
	rest, code, ok := c.parse(set, args)
	switch {
	case !ok:
		return code
	case len(rest) != 1:
		return c.usage("plugin inspect takes the path of a plugin's program, or the name of an installed plugin")
	case *asJSON && *asMarkdown:
		return c.usage("plugin inspect prints JSON or Markdown, not both")
	}
	path, err := p.program(rest[0])
	if err != nil {
		c.complain(err)
		return exitNotFound
	}
	description, err := describe(c.ctx, path, p.logger(c.errs))
	if err != nil {
		return c.complain(err)
	}
	page := schemaPage{Description: description}
	if *asMarkdown {
		fmt.Fprint(c.out, page.markdown())
		return exitOK
	}
	sum, err := host.Checksum(path)
	if err != nil {
		return c.complain(err)
	}
	if *asJSON {
		return c.printJSON(struct {
			ID           string      `json:"id"`
			State        string      `json:"state"`
			Version      string      `json:"version"`
			Doc          string      `json:"doc"`
			Path         string      `json:"path"`
			SHA256       string      `json:"sha256"`
			Capabilities []string    `json:"capabilities"`
			Config       []fieldJSON `json:"config"`
			Options      []fieldJSON `json:"options"`
		}{
			description.Name, "installed", description.Version, description.Doc, path, sum, api.CapabilityNames(description.Capabilities),
			fieldsJSON(description.Config.Fields), fieldsJSON(description.Options.Fields),
		})
	}
	c.fields([][]string{
		{"Plugin", description.Name},
		{"Version", description.Version},
		{"Does", description.Doc},
		{"Can", list(api.CapabilityNames(description.Capabilities))},
		{"Program", path},
		{"SHA-256", sum},
	})
	c.words("config, in the site's executor block", page.rows(description.Config.Fields, ""))
	c.words("options, in a flow's model", page.rows(description.Options.Fields, ""))
	return exitOK
}

// words prints the words of one schema.
func (c *pluginInspectCommand) words(title string, rows []schemaRow) {
	fmt.Fprintf(c.out, "\nWords of %s:\n", title)
	if len(rows) == 0 {
		fmt.Fprintln(c.out, "  none")
		return
	}
	table := [][]string{{"  WORD", "TYPE", "DEFAULT", "MEANING"}}
	for _, r := range rows {
		meaning := r.doc
		if r.guarded {
			meaning = strings.TrimSpace(meaning + " (guarded: only where the site's allow has it)")
		}
		table = append(table, []string{"  " + r.word, strings.Join(append([]string{r.kind}, r.values()...), ": "), r.standard(), meaning})
	}
	c.table(table)
}
