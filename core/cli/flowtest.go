package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/match"
)

// flowTestCommand says what flows would do with the objects in a folder.
type flowTestCommand struct{ base }

func (c *flowTestCommand) Synopsis() string {
	return "Say which objects of a folder would trigger a flow"
}

func (c *flowTestCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy flow test [options] FLOW… -on DIR

  Matches flows against all DICOM files below a folder, as if they had arrived together, and
  says for each trigger and pattern how many objects passed and which values were seen. Starts
  nothing. FLOW is a file or a folder of files.

Options:

  -on DIR            the folder with the objects
  -calling TITLE     the AE title of the sender, for triggers on CallingAET
  -called TITLE      the AE title that was called, for triggers on CalledAET
  -from ADDRESS      the address of the sender, for triggers on PeerAddress
  -json              print the results as JSON
` + exitCodes + `
  It is 0 if at least one flow would run, and 1 if none would.`)
}

func (c *flowTestCommand) Run(args []string) int {
	set := c.flags("flow test", c.Help)
	folder := set.String("on", "", "")
	sender := match.Object{}
	set.StringVar(&sender.CallingAET, "calling", "", "")
	set.StringVar(&sender.CalledAET, "called", "", "")
	set.StringVar(&sender.PeerAddress, "from", "", "")
	asJSON := set.Bool("json", false, "")
	paths, code, ok := c.parse(set, args)
	switch {
	case !ok:
		return code
	case len(paths) == 0 || *folder == "":
		return c.usage("flow test takes flow files, and the folder with the objects by -on DIR")
	}
	flows, diagnostics := flowfile.Load(paths, flowfile.Options{})
	if err := diagnostics.Fprint(c.errs); err != nil {
		return c.complain(err)
	}
	if diagnostics.HasErrors() {
		return exitUsage
	}
	objects, names, skipped, err := readObjects(*folder, sender)
	if err != nil {
		return c.complain(err)
	}
	arrival := match.NewArrival(objects)
	results := []*match.Result{}
	code = exitNegative
	for _, f := range flows {
		result := arrival.Match(f.Matcher)
		results = append(results, result)
		if result.Verdict == match.Matched {
			code = exitOK
		}
	}
	if *asJSON {
		c.printJSON(testReports(results, names))
		return code
	}
	fmt.Fprintf(c.out, "%d objects in %s", len(objects), *folder)
	if skipped > 0 {
		fmt.Fprintf(c.out, " (%d other files)", skipped)
	}
	fmt.Fprintln(c.out)
	for _, result := range results {
		c.explain(result)
	}
	return code
}

// testReport is the result for one flow, for programs.
type testReport struct {
	ID    string `json:"id"`
	State string `json:"state"`
	*match.Result
	Files []string `json:"files"` // the selected objects
}

func testReports(results []*match.Result, names []string) []testReport {
	reports := []testReport{}
	for _, result := range results {
		report := testReport{ID: named(result.Flow, result.Version), State: string(result.Verdict), Result: result, Files: []string{}}
		for _, i := range result.Selected {
			report.Files = append(report.Files, names[i])
		}
		reports = append(reports, report)
	}
	return reports
}

// readObjects reads the headers of all DICOM files below a folder.
func readObjects(folder string, sender match.Object) (objects []match.Object, names []string, skipped int, err error) {
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		header, err := dcm.ScanFile(file)
		if errors.Is(err, dcm.ErrNotDICOM) {
			skipped++
			return nil
		}
		object := sender
		object.Header = header // what cannot be understood to its end has the values before
		objects, names = append(objects, object), append(names, path)
		return nil
	})
	return objects, names, skipped, err
}
