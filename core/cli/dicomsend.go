package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/scu"
)

// sendCommand sends files to a DICOM node.
type sendCommand struct{ base }

func (c *sendCommand) Synopsis() string { return "Send files to a DICOM node (C-STORE)" }

func (c *sendCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy dicom send [options] HOST:PORT PATH…

  Sends files, and all files below folders, to a DICOM node. Files that are not DICOM objects
  are counted and left out.

Options:
` + titlesHelp + `
  -json          print the result of each file as JSON
` + exitCodes)
}

// sendReport is the result of one file.
type sendReport struct {
	ID     string `json:"id"` // the file
	State  string `json:"state"`
	Status uint16 `json:"status"`
	Reason string `json:"reason,omitempty"`
}

func (c *sendCommand) Run(args []string) int {
	set := c.flags("dicom send", c.Help)
	var t titles
	t.register(set)
	asJSON := set.Bool("json", false, "")
	rest, code, ok := c.parse(set, args)
	if !ok {
		return code
	}
	if len(rest) < 2 {
		return c.usage("dicom send takes HOST:PORT and the files or folders to send")
	}
	dialer, err := t.dialer()
	if err != nil {
		return c.usage("%v", err)
	}
	files, skipped, err := sendable(rest[1:])
	if err != nil {
		return c.complain(err)
	}
	if len(files) == 0 {
		return c.complain(fmt.Errorf("no DICOM objects among %d files", skipped))
	}
	bar := newBar(c.errs, len(files), *asJSON)
	reports := make([]sendReport, len(files))
	for i, file := range files {
		reports[i] = sendReport{ID: file.Name, State: "unsent"}
	}
	began, sent := time.Now(), 0
	sender := &scu.Sender{Dialer: dialer, Address: rest[0]}
	failed := sender.Send(c.ctx, files, func(i int, o scu.Outcome) error {
		reports[i].Status, reports[i].Reason = uint16(o.Status), o.Reason
		if o.Sent {
			reports[i].State = "sent"
			sent++
		} else {
			reports[i].State = "failed"
		}
		bar.step()
		return nil
	})
	bar.end()
	if *asJSON {
		c.printJSON(reports)
	} else {
		c.report(reports, sent, skipped, time.Since(began))
	}
	switch {
	case failed != nil:
		return c.complain(failed)
	case sent < len(files):
		return exitNegative
	}
	return exitOK
}

func (c *sendCommand) report(reports []sendReport, sent, skipped int, took time.Duration) {
	for _, report := range reports {
		if report.State == "failed" {
			fmt.Fprintf(c.errs, "%s: %s\n", report.ID, report.Reason)
		}
	}
	fmt.Fprintf(c.out, "%d of %d objects sent in %s (%.0f objects/s)", sent, len(reports), took.Round(time.Millisecond), float64(sent)/took.Seconds())
	if skipped > 0 {
		fmt.Fprintf(c.out, "; %d files are not DICOM objects", skipped)
	}
	fmt.Fprintln(c.out)
}

// sendable finds the DICOM objects among files and below folders.
func sendable(paths []string) (files []scu.File, skipped int, err error) {
	for _, root := range paths {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return err
			}
			content, err := os.Open(path)
			if err != nil {
				return err
			}
			defer content.Close()
			file, err := scu.Identify(path, content)
			if errors.Is(err, scu.ErrNotSendable) {
				skipped++
				return nil
			}
			files = append(files, file)
			return err
		})
		if err != nil {
			return nil, 0, err
		}
	}
	return files, skipped, nil
}
