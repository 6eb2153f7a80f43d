package cli

import (
	"strings"

	"github.com/raddeploy/raddeploy/core/flowfile"
)

// flowSchemaCommand prints the JSON Schema of flows.
type flowSchemaCommand struct{ base }

func (c *flowSchemaCommand) Synopsis() string { return "Print the JSON Schema of flows, for editors" }

func (c *flowSchemaCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy flow schema

  Prints the JSON Schema (draft 7) of flows in YAML, as this version reads them. An editor with
  the YAML language server uses it when a flow's first line is

    # yaml-language-server: $schema=./flow.schema.json

  and the schema was written beside the flow: raddeploy flow schema > flow.schema.json
` + exitCodes)
}

func (c *flowSchemaCommand) Run(args []string) int {
	rest, code, ok := c.parse(c.flags("flow schema", c.Help), args)
	switch {
	case !ok:
		return code
	case len(rest) > 0:
		return c.usage("flow schema takes no arguments")
	}
	text, err := flowfile.Schema()
	if err != nil {
		return c.complain(err)
	}
	if _, err := c.out.Write(text); err != nil {
		return c.complain(err)
	}
	return exitOK
}
