package cli

import (
	"context"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/problem"
)

// node writes what it receives to files.
type node struct {
	dir    string
	enough int64
	stop   func()
	began  time.Time

	mu       sync.Mutex
	out      io.Writer
	received int64
	bytes    int64
	reports  []receiveReport // nil: none is asked for
}

// receiveReport is what became of one object.
type receiveReport struct {
	ID                string `json:"id"`    // the file
	State             string `json:"state"` // received or refused
	SOPClassUID       string `json:"sop_class_uid"`
	SOPInstanceUID    string `json:"sop_instance_uid"`
	TransferSyntaxUID string `json:"transfer_syntax_uid"`
	Bytes             int64  `json:"bytes"`
	Reason            string `json:"reason,omitempty"`
}

// Store writes one object.
func (n *node) Store(_ context.Context, request *dimse.StoreRequest) dimse.Status {
	name := string(request.SOPInstanceUID) + ".dcm"
	size, err := n.write(request, name)
	r := receiveReport{ID: name, State: "received", SOPClassUID: string(request.SOPClassUID), SOPInstanceUID: string(request.SOPInstanceUID),
		TransferSyntaxUID: string(request.TransferSyntaxUID), Bytes: size}
	if err != nil {
		r.State, r.Reason = "refused", err.Error()
	}
	n.took(r)
	var notWhole *dcm.NotWholeError
	switch {
	case errors.As(err, &notWhole):
		n.say("refused: %s: %v", request.SOPInstanceUID, err)
		return request.Refuse(dimse.CannotUnderstand, notWhole.Error())
	case err != nil:
		n.say("not written: %v", err)
		return request.Refuse(dimse.OutOfResources, "the receiver cannot write the object")
	}
	n.say("%s", request.SOPInstanceUID)
	return dimse.Success
}

func (n *node) took(r receiveReport) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.reports != nil {
		n.reports = append(n.reports, r)
	}
	if r.State == "received" {
		n.received++
		n.bytes += r.Bytes
	}
}

// write writes one object that is whole, and returns the size of its file.
func (n *node) write(request *dimse.StoreRequest, name string) (size int64, err error) {
	file, err := os.CreateTemp(n.dir, ".receiving-*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(file.Name()) // after the rename there is none
	defer file.Close()
	meta := dcm.FileMeta{SOPClass: request.SOPClassUID, SOPInstance: request.SOPInstanceUID, TransferSyntax: request.TransferSyntaxUID}
	start, err := dcm.WriteFileMeta(file, meta)
	if err != nil {
		return 0, err
	}
	written := io.NewSectionReader(file, start, math.MaxInt64-start)
	if _, err := dcm.CopyDataset(file, request.Data, request.TransferSyntaxUID, written); err != nil {
		return 0, err
	}
	size, err = file.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	if err := file.Chmod(0o644); err != nil {
		return size, err
	}
	return size, os.Rename(file.Name(), filepath.Join(n.dir, name))
}

// Released ends the command if enough has come.
func (n *node) Released(context.Context) error {
	n.say("released")
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.enough > 0 && n.received >= n.enough {
		n.stop()
	}
	return nil
}

// Aborted reports an association that broke off.
func (n *node) Aborted(reason error) { n.say("broken off: %v", reason) }

func (n *node) say(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	say(n.out, format+"\n", args...)
}

// sayTotal reports how much came, and how fast.
func (n *node) sayTotal() {
	n.mu.Lock()
	count, megabytes, seconds := n.received, float64(n.bytes)/1e6, time.Since(n.began).Seconds()
	n.mu.Unlock()
	n.say("%s received (%.1f MB in %.0f s)", problem.Counted(int(count), "object"), megabytes, seconds)
}
