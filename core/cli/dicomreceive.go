package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
)

// receiveCommand is a small DICOM node that writes files.
type receiveCommand struct{ base }

func (c *receiveCommand) Synopsis() string { return "Receive objects into a folder (C-STORE SCP)" }

func (c *receiveCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy dicom receive [options]

  Receives objects and writes each to a file that is named by its SOP instance UID. An object
  that is sent again replaces the file; one whose data set is cut or empty is refused, as the
  agent does. It is a tool to try things with: what arrives triggers
  no flow.

Options:

  -listen ADDR   where to listen (default 127.0.0.1:11112)
  -out DIR       where to write (default the present folder)
  -count N       end after the association in which the Nth object came
` + exitCodes)
}

func (c *receiveCommand) Run(args []string) int {
	set := c.flags("dicom receive", c.Help)
	listen := set.String("listen", "127.0.0.1:11112", "")
	out := set.String("out", ".", "")
	count := set.Int64("count", 0, "")
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
	node := &node{dir: *out, out: c.out, enough: *count, stop: stop}
	server := &dimse.Server{
		NewSession: func(_ context.Context, a *dimse.Association) (dimse.Session, *dimse.Reject) {
			fmt.Fprintf(c.out, "association from %s (%s)\n", a.CallingAE, a.RemoteAddr.Addr())
			return node, nil
		},
		Logger: hclog.New(&hclog.LoggerOptions{Name: "receive", Output: c.errs, Level: hclog.Warn}),
	}
	fmt.Fprintf(c.out, "listening on %s, writing to %s\n", listener.Addr(), *out)
	if err := server.Serve(ctx, listener); err != nil {
		return c.complain(err)
	}
	fmt.Fprintf(c.out, "%d objects received\n", node.received.Load())
	return exitOK
}

// node writes what it receives to files.
type node struct {
	dir      string
	enough   int64
	stop     func()
	received atomic.Int64

	mu  sync.Mutex
	out io.Writer
}

// Store writes one object.
func (n *node) Store(_ context.Context, request *dimse.StoreRequest) dimse.Status {
	err := n.write(request)
	var notWhole *dcm.NotWholeError
	switch {
	case errors.As(err, &notWhole):
		n.say("refused: %s: %v", request.SOPInstanceUID, err)
		return request.Refuse(dimse.CannotUnderstand, notWhole.Error())
	case err != nil:
		n.say("not written: %v", err)
		return request.Refuse(dimse.OutOfResources, "the receiver cannot write the object")
	}
	n.received.Add(1)
	n.say("%s", request.SOPInstanceUID)
	return dimse.Success
}

func (n *node) write(request *dimse.StoreRequest) error {
	file, err := os.CreateTemp(n.dir, ".receiving-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // after the rename there is none
	defer file.Close()
	meta := dcm.FileMeta{SOPClass: request.SOPClassUID, SOPInstance: request.SOPInstanceUID, TransferSyntax: request.TransferSyntaxUID}
	start, err := dcm.WriteFileMeta(file, meta)
	if err != nil {
		return err
	}
	written := io.NewSectionReader(file, start, math.MaxInt64-start)
	if _, err := dcm.CopyDataset(file, request.Data, request.TransferSyntaxUID, written); err != nil {
		return err
	}
	if err := file.Chmod(0o644); err != nil {
		return err
	}
	return os.Rename(file.Name(), filepath.Join(n.dir, string(request.SOPInstanceUID)+".dcm"))
}

// Released ends the command if enough has come.
func (n *node) Released(context.Context) error {
	n.say("released")
	if n.enough > 0 && n.received.Load() >= n.enough {
		n.stop()
	}
	return nil
}

// Aborted reports an association that broke off.
func (n *node) Aborted(reason error) { n.say("broken off: %v", reason) }

func (n *node) say(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	fmt.Fprintf(n.out, format+"\n", args...)
}
