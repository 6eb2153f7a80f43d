package cli

import (
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/scu"
)

// echoCommand asks a DICOM node whether it is there.
type echoCommand struct{ base }

func (c *echoCommand) Synopsis() string { return "Ask a DICOM node whether it is there (C-ECHO)" }

func (c *echoCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy dicom echo [options] HOST:PORT

  Opens an association with a DICOM node and sends it a C-ECHO.

Options:
` + peerHelp + `
  -timeout D     give up after this long (default 10s)
` + exitCodes)
}

func (c *echoCommand) Run(args []string) int {
	set := c.flags("dicom echo", c.Help)
	var p peerFlags
	p.register(set)
	set.DurationVar(&p.timeout, "timeout", 10*time.Second, "")
	rest, code, ok := c.parse(set, args)
	if !ok {
		return code
	}
	if len(rest) != 1 {
		return c.usage("dicom echo takes one HOST:PORT")
	}
	dialer, err := p.dialer()
	if err != nil {
		return c.usage("%v", err)
	}
	began := time.Now()
	if err := scu.Echo(c.ctx, dialer, rest[0]); err != nil {
		return c.complain(p.advised(err))
	}
	say(c.out, "%s answers as %s in %s\n", rest[0], dialer.CalledAE, time.Since(began).Round(100*time.Microsecond))
	return exitOK
}
