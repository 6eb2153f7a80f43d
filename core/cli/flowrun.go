package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/match/decide"
	"github.com/raddeploy/raddeploy/core/plugin"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/rehearse"
	runs "github.com/raddeploy/raddeploy/core/run"
)

// flowRunCommand runs a flow on a folder without an agent.
type flowRunCommand struct {
	base
	trial    rehearse.Trial
	folder   string
	results  string
	only     string
	executor string
	gpus     string
	statics  string
	all      bool
	verbose  bool
}

func (c *flowRunCommand) Synopsis() string {
	return "Run a flow's models on a folder, without an agent"
}

func (c *flowRunCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy flow run [options] FLOW -on DIR -out DIR

  Runs the models of a flow on the DICOM files below a folder, as if they had arrived
  together: with the same mounts, order, tries and limits as an agent, and nothing is sent.
  The outputs that would be sent land in -out when all models have succeeded, a folder for
  each: DIR/dst, DIR/dst_report. Interrupting it ends the running tasks and leaves nothing.

Options:

  -on DIR            the folder with the objects
  -out DIR           where the results go; it must not exist yet, or be empty
  -all               give the models all objects, whatever the triggers select
  -flow NAME         which flow, if the file holds several
  -config PATH       the site whose executors, tar_subdir and statics are used; may be repeated
  -executor NAME     an executor of the site, or a plugin such as docker or process; by default
                     the best that is found here
  -gpus "0 1"        the GPUs that models may use (or GPUS in the environment)
  -static DIR        the folder of static mounts (default static)
  -calling TITLE, -called TITLE, -from ADDRESS
                     the sender, for triggers and for RADDEPLOY_SENDER_AE
  -var NAME=VALUE    a value for a variable of a flow file in HCL; may repeat
  -v                 the log of what runs it

  Objects are copied to a temporary folder: TMPDIR says where.
` + exitCodes + `
  It is 1 if the flow would not run on these objects or a model failed.`)
}

func (c *flowRunCommand) Run(args []string) int {
	set := c.flags("flow run", c.Help)
	var sites stringList
	set.Var(&sites, "config", "")
	variables := variableFlag(set)
	set.StringVar(&c.folder, "on", "", "")
	set.StringVar(&c.results, "out", "", "")
	set.BoolVar(&c.all, "all", false, "")
	set.StringVar(&c.only, "flow", "", "")
	set.StringVar(&c.executor, "executor", "", "")
	set.StringVar(&c.gpus, "gpus", "", "")
	set.StringVar(&c.statics, "static", "", "")
	set.StringVar(&c.trial.Sender.CallingAET, "calling", "", "")
	set.StringVar(&c.trial.Sender.CalledAET, "called", "", "")
	set.StringVar(&c.trial.Sender.Address, "from", "", "")
	set.BoolVar(&c.verbose, "v", false, "")
	paths, code, ok := c.parse(set, args)
	switch {
	case !ok:
		return code
	case len(paths) != 1 || c.folder == "" || c.results == "":
		return c.usage("flow run takes one flow file, the folder with the objects by -on DIR and one for the results by -out DIR")
	}
	if err := vacant(c.results); err != nil {
		return c.usage("%v", err)
	}
	c.trial.Rule = "association" // the folder is what arrived
	flows, code := c.flowsAt(&c.trial, sites, paths, *variables)
	if code != exitOK {
		return code
	}
	one, err := c.choose(flows)
	if err != nil {
		return c.usage("%v", err)
	}
	site, notes, err := c.site(one)
	if err != nil {
		return c.usage("%v", err)
	}
	found, code := c.scan(&c.trial, c.folder, []*flowfile.Loaded{one}, false)
	if code != exitOK {
		return code
	}
	objects, result, code := c.selected(one, found)
	if code != exitOK {
		return code
	}
	for _, note := range notes {
		fmt.Fprintln(c.out, note)
	}
	return c.try(site, one, objects, result)
}

// vacant complains about a folder for results that has something in it.
func vacant(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("results cannot go to %s: %w", dir, err)
	case len(entries) > 0:
		return fmt.Errorf("results cannot go to %s: it is not empty; name a new folder by -out", dir)
	}
	return nil
}

func (c *flowRunCommand) choose(flows []*flowfile.Loaded) (*flowfile.Loaded, error) {
	var names []string
	for _, f := range flows {
		name := named(f.Flow.Name, f.Flow.Version)
		if c.only == f.Flow.Name || c.only == name || c.only == "" && len(flows) == 1 {
			return f, nil
		}
		names = append(names, name)
	}
	if c.only == "" {
		return nil, fmt.Errorf("there are %d flows: choose one by -flow: %s", len(flows), strings.Join(names, ", "))
	}
	return nil, fmt.Errorf("there is no flow %q: it has %s", c.only, strings.Join(names, ", "))
}

// site is the site that the trial's agent has: nothing of it is open to the world.
func (c *flowRunCommand) site(f *flowfile.Loaded) (site *config.Site, notes []string, err error) {
	given := c.trial.Site
	if site = given; site == nil {
		loaded, diagnostics := config.Load(nil, os.LookupEnv)
		if err := diagnostics.Err(); err != nil {
			return nil, nil, err
		}
		site = loaded
		site.StaticDir = "static"
	}
	if c.statics != "" {
		site.StaticDir = c.statics
	}
	if c.gpus != "" {
		site.GPUs = strings.Fields(c.gpus)
	}
	site.Name = "flow-run"
	site.DICOM = config.DICOM{AETitle: site.DICOM.AETitle, OnAbort: site.DICOM.OnAbort}
	site.HTTP.Listen, site.FlowDirs, site.Retention.Reserve = "", nil, 0
	var only []config.Executor
	for _, e := range site.Executors {
		if e.Instance == c.executor {
			only = []config.Executor{e}
		}
	}
	if c.executor != "" && only == nil {
		if path, err := plugin.Find(site.PluginDir, c.executor); err != nil {
			return nil, nil, err
		} else if _, err := os.Stat(path); err != nil {
			return nil, nil, problem.New(fmt.Sprintf("-executor %s: there is no plugin %s", c.executor, path), "install it, or name one of `raddeploy plugin list`")
		}
		only = []config.Executor{{Plugin: c.executor, Instance: c.executor, CPUs: site.CPUs, GPUs: site.GPUs}}
	}
	if only != nil {
		site.Executors = only
	}
	if given != nil && c.executor == "" {
		return site, nil, nil
	}
	changed := *f.Flow // a model's executor is the name of one at its site
	changed.Models = append([]flow.Model{}, f.Flow.Models...)
	for i, m := range changed.Models {
		if m.Executor != "" && m.Executor != c.executor {
			notes = append(notes, fmt.Sprintf("model %s is pinned to executor %s, which is none of this trial's: it runs on another", m.Name, m.Executor))
			changed.Models[i].Executor = ""
		}
	}
	f.Flow = &changed
	return site, notes, nil
}

// selected says which objects the models see. Without them, the command ends
// with code.
func (c *flowRunCommand) selected(f *flowfile.Loaded, found *rehearse.Folder) ([]runs.Object, *decide.Result, int) {
	c.printFolder(c.folder, found)
	report := c.trial.Try(found, []*flowfile.Loaded{f})[0]
	outcome := &report.Arrivals[0]
	chosen := outcome.Result.Selected
	if c.all || len(f.Flow.Triggers) == 0 {
		chosen = outcome.All()
	} else if outcome.Result.Verdict != decide.Matched {
		fmt.Fprintf(c.out, "%s: ", named(f.Flow.Name, f.Flow.Version))
		c.printOutcome("", "  ", outcome, true)
		fmt.Fprintln(c.errs, "raddeploy: the flow does not take these objects: change its triggers, or give it all objects by -all")
		return nil, nil, exitNegative
	}
	if len(chosen) == 0 {
		fmt.Fprintf(c.errs, "raddeploy: there is no DICOM object in %s\n", c.folder)
		return nil, nil, exitNegative
	}
	objects := make([]runs.Object, len(chosen))
	for i, k := range chosen {
		objects[i] = outcome.Objects[k].Object
	}
	fmt.Fprintf(c.out, "%s: %s\n", named(f.Flow.Name, f.Flow.Version), problem.Counted(len(objects), "object"))
	for i := range report.Plan.Destinations {
		report.Plan.Destinations[i].Reason = "this only tries the flow"
	}
	c.drawPlan("  ", report.Plan)
	return objects, outcome.Result, exitOK
}

// try runs the flow in a temporary folder, which it removes.
func (c *flowRunCommand) try(site *config.Site, f *flowfile.Loaded, objects []runs.Object, result *decide.Result) int {
	dir, err := os.MkdirTemp("", "raddeploy-flow-run-")
	if err != nil {
		return c.complain(err)
	}
	defer os.RemoveAll(dir)
	site.DataDir = filepath.Join(dir, "data")
	options := &hclog.LoggerOptions{Name: "raddeploy", Level: hclog.Off, Output: c.errs}
	if c.verbose {
		options.Level = hclog.Debug
	}
	told := newTelling(&c.base)
	tried, err := rehearse.Run(c.ctx, rehearse.Spec{
		Site: site, Flow: f, Objects: objects, Result: result, Tell: told.tell, Logger: hclog.New(options),
		Sender: runs.Sender{
			CallingAE: dcm.AETitle(c.trial.Sender.CallingAET), CalledAE: dcm.AETitle(c.trial.Sender.CalledAET), Address: c.trial.Sender.Address,
		},
	})
	told.end()
	switch {
	case c.ctx.Err() != nil:
		fmt.Fprintln(c.errs, "raddeploy: interrupted; running tasks were ended")
		return exitNegative
	case err != nil:
		return c.complain(err)
	case tried.State != runs.Done:
		c.printFailure(tried)
		return exitNegative
	}
	files, err := land(c.results, tried.Outputs)
	if err != nil {
		return c.complain(err)
	}
	fmt.Fprintf(c.out, "done: %s in %s\n", problem.Counted(files, "file"), c.results)
	return exitOK
}
