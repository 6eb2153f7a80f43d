package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/flowset"
	"github.com/raddeploy/raddeploy/core/match/decide"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/rehearse"
)

// flowTestCommand says what flows would do with the objects in a folder.
type flowTestCommand struct{ base }

func (c *flowTestCommand) Synopsis() string {
	return "Say which objects of a folder would trigger a flow, and what would run"
}

func (c *flowTestCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy flow test [options] FLOW… -on DIR
       raddeploy flow test [options] -config PATH -on DIR

  Matches flows against all DICOM files below a folder and says for each trigger and pattern
  how many objects passed, which values were seen and what the nearest miss was; then what src
  would look like, which executor would take each model, and where results would go. Starts
  nothing. FLOW is a file or a folder of files; without any, the site's own flows are tried.

  The files count as one arrival, as if one association had brought them, unless the flow's
  "complete", the site's or -by says that a series or a study is one.

Options:

  -on DIR            the folder with the objects; files that are not DICOM are counted
  -config PATH       the site whose tar_subdir, executors and destinations hold; may be repeated
  -by RULE           what one arrival is: association, series or study
  -var NAME=VALUE    a value for a variable of flow files in HCL; may repeat
  -v                 all details for each of several arrivals
  -calling TITLE     the AE title of the sender, for triggers on CallingAET
  -called TITLE      the AE title that was called, for triggers on CalledAET
  -from ADDRESS      the address of the sender, for triggers on PeerAddress
  -json              print the results as JSON
` + exitCodes + `
  It is 0 if at least one flow would run, 1 if none would, 2 if a flow is not valid.`)
}

func (c *flowTestCommand) Run(args []string) int {
	set := c.flags("flow test", c.Help)
	t := rehearse.Trial{}
	var sites stringList
	set.Var(&sites, "config", "")
	variables := variableFlag(set)
	folder := set.String("on", "", "")
	set.StringVar(&t.Rule, "by", "", "")
	verbose := set.Bool("v", false, "")
	set.StringVar(&t.Sender.CallingAET, "calling", "", "")
	set.StringVar(&t.Sender.CalledAET, "called", "", "")
	set.StringVar(&t.Sender.Address, "from", "", "")
	asJSON := set.Bool("json", false, "")
	paths, code, ok := c.parse(set, args)
	switch {
	case !ok:
		return code
	case len(paths)+len(sites) == 0 || *folder == "":
		return c.usage("flow test takes flow files or a site by -config PATH, and the folder with the objects by -on DIR")
	case t.Rule != "" && t.Rule != "association" && t.Rule != "series" && t.Rule != "study":
		return c.usage("-by has to be association, series or study, and %q is not", t.Rule)
	}
	flows, code := c.flowsAt(&t, sites, paths, *variables)
	if code != exitOK {
		return code
	}
	found, code := c.scan(&t, *folder, flows, *asJSON)
	if code != exitOK {
		return code
	}
	reports := t.Try(found, flows)
	if *asJSON {
		c.printJSON(testReports(reports))
	} else {
		c.printFolder(*folder, found)
		for i := range reports {
			c.printReport(&reports[i], *verbose)
		}
	}
	for i := range reports {
		if wouldRun(&reports[i]) {
			return exitOK
		}
	}
	return exitNegative
}

// flowsAt reads flows, the site's own if no paths are given, and the site that
// they are for. Without flows, the command ends with code.
func (b *base) flowsAt(t *rehearse.Trial, sites, paths []string, variables map[string]string) ([]*flowfile.Loaded, int) {
	var options flowfile.Options
	if len(sites) > 0 {
		site, diagnostics := config.Load(sites, os.LookupEnv)
		if err := diagnostics.Fprint(b.errs); err != nil {
			return nil, b.complain(err)
		}
		if site == nil || diagnostics.HasErrors() {
			return nil, exitUsage
		}
		t.Site, options = site, flowset.Options(site)
		if len(paths) == 0 {
			paths = expectedDirs(site.FlowDirs)
		}
	}
	options.Variables = variables
	flows, diagnostics := flowfile.Load(paths, options)
	if err := diagnostics.Fprint(b.errs); err != nil {
		return nil, b.complain(err)
	}
	switch {
	case diagnostics.HasErrors():
		return nil, exitUsage
	case len(flows) == 0:
		return nil, b.usage("there is no flow in %s", cmp.Or(strings.Join(paths, ", "), "the site"))
	}
	return flows, exitOK
}

// scan reads a folder for some flows.
func (b *base) scan(t *rehearse.Trial, folder string, flows []*flowfile.Loaded, quiet bool) (*rehearse.Folder, int) {
	progress := newBar(b.errs, 0, quiet)
	var one sync.Mutex
	found, err := rehearse.Scan(b.ctx, folder, t.Paths(flows), func(files int) {
		one.Lock()
		defer one.Unlock()
		progress.at(files, "files read")
	})
	progress.end()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, b.usage("there is no folder %s", folder)
	case err != nil:
		return nil, b.complain(err)
	}
	return found, exitOK
}

// wouldRun reports whether a flow would run, as far as can be told here.
func wouldRun(r *rehearse.Report) bool {
	return r.Runs() > 0 && r.Flow.Mode != flow.Off && !r.Plan.Impossible()
}

func (b *base) printFolder(folder string, found *rehearse.Folder) {
	fmt.Fprintf(b.out, "%s in %s", problem.Counted(len(found.Objects), "object"), folder)
	var notes []string
	if found.Skipped > 0 {
		notes = append(notes, problem.Counted(found.Skipped, "other file"))
	}
	if n := len(found.Faulty); n > 0 {
		notes = append(notes, fmt.Sprintf("%d not readable to the end", n))
	}
	if n := len(found.Refused); n > 0 {
		notes = append(notes, fmt.Sprintf("%d that cannot be read", n))
	}
	if len(notes) > 0 {
		fmt.Fprintf(b.out, " (%s)", strings.Join(notes, ", "))
	}
	fmt.Fprintln(b.out)
	b.printSome("not readable to the end", found.Faulty)
	b.printSome("cannot be read", found.Refused)
}

// printSome prints the first few of a list.
func (b *base) printSome(what string, all []string) {
	const most = 5
	for i, one := range all {
		if i == most {
			fmt.Fprintf(b.out, "  %s: %d more\n", what, len(all)-most)
			return
		}
		fmt.Fprintf(b.out, "  %s: %s\n", what, one)
	}
}

func (b *base) printReport(r *rehearse.Report, verbose bool) {
	fmt.Fprintf(b.out, "\n%s: ", named(r.Flow.Name, r.Flow.Version))
	if len(r.Arrivals) == 1 {
		b.printOutcome("", "  ", &r.Arrivals[0], true)
		b.printGroup("  the arrival is ", &r.Arrivals[0])
	} else {
		fmt.Fprintf(b.out, "%d of %s match\n", r.Runs(), problem.Counted(len(r.Arrivals), "arrival"))
		for i := range r.Arrivals {
			o := &r.Arrivals[i]
			fmt.Fprintf(b.out, "  %s: ", groupName(o))
			b.printOutcome("", "    ", o, verbose)
			b.printMissing("    ", o)
		}
	}
	b.printRule(r.Rule)
	if r.Assumed {
		fmt.Fprintln(b.out, "  the folder is taken for one association; what an arrival is depends on the site's complete: name the site by -config, or say it by -by")
	}
	if r.Flow.Mode == flow.Off || r.Flow.Mode == flow.Shadow {
		fmt.Fprintf(b.out, "  mode is %s: %s\n", r.Flow.Mode, map[flow.Mode]string{flow.Off: "it takes no part", flow.Shadow: "its results are not sent"}[r.Flow.Mode])
	}
	b.drawPlan("  ", r.Plan)
}

// groupName says what the objects of an arrival have in common.
func groupName(o *rehearse.Outcome) string {
	return o.Rule + " " + cmp.Or(string(o.UID), "without a UID")
}

// printGroup says which series or study one arrival is, and what it lacks.
func (b *base) printGroup(lead string, o *rehearse.Outcome) {
	if o.Rule != flow.OnAssociation && len(o.Objects) > 0 {
		fmt.Fprintf(b.out, "%s%s\n", lead, groupName(o))
		b.printMissing("  ", o)
	}
}

func (b *base) printMissing(indent string, o *rehearse.Outcome) {
	for _, what := range o.Missing {
		fmt.Fprintf(b.out, "%sexpected and not there: %s; a site waits for it until max_wait is over\n", indent, what)
	}
}

// printRule says when arrivals of a series or study are complete.
func (b *base) printRule(rule flow.Complete) {
	if rule.On != flow.OnAssociation {
		fmt.Fprintf(b.out, "  a %s is complete when no object came for %s; %s after its first object at the latest\n", rule.On, age(rule.Idle.String()), age(rule.MaxWait.String()))
	}
}

func (b *base) printOutcome(lead, indent string, o *rehearse.Outcome, verbose bool) {
	e := decide.Text{Result: o.Result, File: func(i int) string { return o.Objects[i].File }}
	fmt.Fprint(b.out, lead, e.Headline())
	if o.Repeated > 0 {
		fmt.Fprintf(b.out, " (%s left out: of one SOP instance the last one counts)", problem.Counted(o.Repeated, "file"))
	}
	if reason := e.Short(); !verbose && reason != "" {
		fmt.Fprint(b.out, ": ", reason)
	}
	fmt.Fprintln(b.out)
	if !verbose {
		return
	}
	details(b, indent, e)
	if len(o.Src) > 0 {
		b.drawTree(indent, "src", o.Src)
	}
}
