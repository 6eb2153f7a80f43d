package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/decompress"
	"github.com/raddeploy/raddeploy/core/problem"
	runs "github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/scu"
)

// sendCommand sends files to a DICOM node.
type sendCommand struct{ base }

func (c *sendCommand) Synopsis() string { return "Send files to a DICOM node (C-STORE)" }

func (c *sendCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy dicom send [options] HOST:PORT PATH…

  Sends files, and all files below folders, to a DICOM node. Files that are not DICOM objects
  are counted and left out; objects that are truncated or have no valid UIDs are refused, each
  by its name.

Options:
` + peerHelp + `
  -timeout D     how long the node may take for each answer (default 30s to connect, 5m for an
                 object)
  -associations N
                 associations at once (default 1)
  -decompress    decompress objects that the node takes only uncompressed, by the programs of
                 dcmtk and libgdcm-tools
  -json          print the result of each file as JSON
` + exitCodes)
}

// sendReport is the result of one file. Its state is one of a delivery's objects,
// or unsent.
type sendReport struct {
	ID                string `json:"id"` // the file
	State             string `json:"state"`
	SOPClassUID       string `json:"sop_class_uid,omitempty"`
	SOPInstanceUID    string `json:"sop_instance_uid,omitempty"`
	TransferSyntaxUID string `json:"transfer_syntax_uid,omitempty"`
	Status            uint16 `json:"status"`
	Reason            string `json:"reason,omitempty"`
}

const unsent = "unsent"

func (c *sendCommand) Run(args []string) int {
	set := c.flags("dicom send", c.Help)
	var p peerFlags
	p.register(set)
	set.DurationVar(&p.timeout, "timeout", 0, "")
	associations := set.Int("associations", 1, "")
	decompressed := set.Bool("decompress", false, "")
	asJSON := set.Bool("json", false, "")
	rest, code, ok := c.parse(set, args)
	if !ok {
		return code
	}
	if len(rest) < 2 {
		return c.usage("dicom send takes HOST:PORT and the files or folders to send")
	}
	dialer, err := p.dialer()
	if err != nil {
		return c.usage("%v", err)
	}
	s := &sending{began: time.Now()}
	if err := s.find(rest[1:]); err != nil {
		return c.complain(err)
	}
	bar := newBar(c.errs, len(s.files), *asJSON)
	var failed error
	if len(s.files) > 0 {
		sender := &scu.Sender{Dialer: dialer, Address: rest[0], Associations: *associations}
		if *decompressed {
			sender.Decompress = inTemporary
		}
		failed = sender.Send(c.ctx, s.files, scu.Report{Result: func(i int, o scu.Outcome) error {
			s.result(i, o)
			if !o.Broke {
				bar.step()
			}
			return nil
		}})
	}
	bar.end()
	if *asJSON {
		c.printJSON(s.reports)
	} else {
		c.report(s)
	}
	switch {
	case failed != nil:
		return c.complain(p.advised(failed))
	case s.count(string(runs.ObjectSent), string(runs.ObjectNotDICOM)) < len(s.reports):
		return exitNegative
	case len(s.files) == 0:
		return c.complain(fmt.Errorf("no DICOM objects among %s", problem.Counted(len(s.reports), "file")))
	}
	return exitOK
}

// inTemporary decompresses an object into a file of the temporary folder.
func inTemporary(ctx context.Context, in *os.File, syntax dcm.UID) (*os.File, error) {
	return decompress.File(ctx, in, syntax, decompress.Room{Dir: os.TempDir()})
}

func (c *sendCommand) report(s *sending) {
	for _, r := range s.reports {
		if r.Reason != "" && r.State != string(runs.ObjectNotDICOM) {
			say(c.errs, "%s: %s\n", r.ID, r.Reason)
		}
	}
	sent, beside := s.count(string(runs.ObjectSent)), s.count(string(runs.ObjectNotDICOM))
	if len(s.reports) == beside {
		return
	}
	took := time.Since(s.began)
	say(c.out, "%d of %s sent in %s (%.0f objects/s, %.1f MB/s)", sent, problem.Counted(len(s.reports)-beside, "object"), took.Round(time.Millisecond),
		float64(sent)/took.Seconds(), float64(s.bytes)/1e6/took.Seconds())
	if beside > 0 {
		say(c.out, "; %s beside them, not DICOM objects", problem.Counted(beside, "file"))
	}
	fmt.Fprintln(c.out)
}

// sending is what is sent, and what has become of it.
type sending struct {
	began   time.Time
	files   []scu.File
	of      []int // the report of each file
	sizes   []int64
	bytes   int64 // of the files that were sent
	reports []sendReport
}

// find finds the DICOM objects among files and below folders.
func (s *sending) find(paths []string) error {
	for _, root := range paths {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return err
			}
			return s.add(path)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *sending) add(path string) error {
	content, err := os.Open(path)
	if err != nil {
		return err
	}
	defer content.Close()
	file, err := scu.Identify(path, content)
	r := sendReport{ID: path, State: unsent, SOPClassUID: string(file.SOPClassUID), SOPInstanceUID: string(file.SOPInstanceUID),
		TransferSyntaxUID: string(file.TransferSyntaxUID)}
	switch {
	case errors.As(err, new(*scu.NotObjectError)):
		r.State, r.Reason = string(runs.ObjectNotDICOM), err.Error()
	case errors.As(err, new(*scu.UnsendableError)):
		r.State, r.Reason = string(runs.ObjectFailed), err.Error()
	case err != nil:
		return err
	default:
		info, err := content.Stat()
		if err != nil {
			return err
		}
		s.files, s.of, s.sizes = append(s.files, file), append(s.of, len(s.reports)), append(s.sizes, info.Size())
	}
	s.reports = append(s.reports, r)
	return nil
}

// result takes in what has become of a file.
func (s *sending) result(i int, o scu.Outcome) {
	r := &s.reports[s.of[i]]
	r.Status, r.Reason = uint16(o.Status), o.Reason
	switch {
	case o.Sent:
		r.State = string(runs.ObjectSent)
		s.bytes += s.sizes[i]
	case o.Broke:
		r.State = unsent
	default:
		r.State = string(runs.ObjectFailed)
	}
}

// count is how many files are in one of some states.
func (s *sending) count(states ...string) (n int) {
	for _, r := range s.reports {
		for _, state := range states {
			if r.State == state {
				n++
			}
		}
	}
	return n
}
