package cli

import (
	"fmt"
	"runtime"
	"strings"
)

// versionCommand shows the program's version.
type versionCommand struct{ base }

func (c *versionCommand) Synopsis() string { return "Show the version" }

func (c *versionCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy version [-json]

  Shows the version of this program and what it was built with.
` + exitCodes)
}

func (c *versionCommand) Run(args []string) int {
	set := c.flags("version", c.Help)
	json := set.Bool("json", false, "")
	if rest, code, ok := c.parse(set, args); !ok {
		return code
	} else if len(rest) > 0 {
		return c.usage("version takes no arguments")
	}
	if *json {
		return c.printJSON(map[string]string{"version": Version, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH})
	}
	fmt.Fprintf(c.out, "raddeploy %s (%s, %s/%s)\n", Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return exitOK
}
