package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
)

// echoCommand asks a DICOM node whether it is there.
type echoCommand struct{ base }

func (c *echoCommand) Synopsis() string { return "Ask a DICOM node whether it is there (C-ECHO)" }

func (c *echoCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy dicom echo [options] HOST:PORT

  Opens an association with a DICOM node and sends it a C-ECHO.

Options:
` + titlesHelp + `
  -timeout D     give up after this long (default 10s)
` + exitCodes)
}

func (c *echoCommand) Run(args []string) int {
	set := c.flags("dicom echo", c.Help)
	var t titles
	t.register(set)
	timeout := set.Duration("timeout", 10*time.Second, "")
	rest, code, ok := c.parse(set, args)
	if !ok {
		return code
	}
	if len(rest) != 1 {
		return c.usage("dicom echo takes one HOST:PORT")
	}
	dialer, err := t.dialer()
	if err != nil {
		return c.usage("%v", err)
	}
	dialer.Timeout, dialer.ResponseTimeout = *timeout, *timeout
	began := time.Now()
	association, err := dialer.Dial(c.ctx, rest[0], []dimse.PresentationContext{{
		AbstractSyntax:   dcm.Verification,
		TransferSyntaxes: []dcm.UID{dcm.ImplicitVRLittleEndian},
	}})
	if err != nil {
		return c.complain(err)
	}
	status, err := association.Echo(c.ctx)
	if err != nil {
		return c.complain(err)
	}
	_ = association.Release(c.ctx) // the answer is here
	if status.Failure() {
		return c.complain(fmt.Errorf("%s answered %s", rest[0], status))
	}
	fmt.Fprintf(c.out, "%s answers as %s in %s\n", rest[0], dialer.CalledAE, time.Since(began).Round(100*time.Microsecond))
	return exitOK
}
