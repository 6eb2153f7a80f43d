package cli

import (
	"context"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/dimse"
)

// receiveCommand is a small DICOM node that writes files.
type receiveCommand struct{ base }

func (c *receiveCommand) Synopsis() string { return "Receive objects into a folder (C-STORE SCP)" }

func (c *receiveCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy dicom receive [options]

  Receives objects and writes each to a file that is named by its SOP instance UID. An object
  that is sent again replaces the file; one whose data set is truncated or empty is
  refused. It is a tool to try things with: what arrives triggers no flow.

Options:

  -listen ADDR   where to listen (default 127.0.0.1:11112)
  -out DIR       where to write (default the present folder)
  -count N       end after the association in which the Nth object came
  -timeout D     an association without a word for so long is aborted (default 5m)
  -json          print what came as JSON, at the end
` + exitCodes)
}

func (c *receiveCommand) Run(args []string) int {
	set := c.flags("dicom receive", c.Help)
	listen := set.String("listen", "127.0.0.1:11112", "")
	out := set.String("out", ".", "")
	count := set.Int64("count", 0, "")
	timeout := set.Duration("timeout", 0, "")
	asJSON := set.Bool("json", false, "")
	rest, code, ok := c.parse(set, args)
	if !ok {
		return code
	}
	if len(rest) > 0 {
		return c.usage("dicom receive takes no arguments")
	}
	if err := os.MkdirAll(*out, 0o755); err != nil {
		return c.complain(err)
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		return c.complain(err)
	}
	ctx, stop := context.WithCancel(c.ctx)
	defer stop()
	node := &node{dir: *out, out: c.out, enough: *count, stop: stop, began: time.Now()}
	if *asJSON {
		node.out, node.reports = io.Discard, []receiveReport{}
	}
	server := &dimse.Server{
		NewSession: func(_ context.Context, a *dimse.Association) (dimse.Session, *dimse.Reject) {
			node.say("association from %s (%s)", a.CallingAE, a.RemoteAddr.Addr())
			return node, nil
		},
		IdleTimeout: *timeout,
		Logger:      hclog.New(&hclog.LoggerOptions{Name: "receive", Output: c.errs, Level: hclog.Warn}),
	}
	node.say("listening on %s, writing to %s", listener.Addr(), *out)
	if err := server.Serve(ctx, listener); err != nil {
		return c.complain(err)
	}
	if *asJSON {
		return c.printJSON(node.reports)
	}
	node.sayTotal()
	return exitOK
}
