package rehearse

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/sync/errgroup"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/execute"
	"github.com/raddeploy/raddeploy/core/fleet"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/schedule/plan"
	"github.com/raddeploy/raddeploy/sdk"
)

// Really is what was found when a site and its flows were held against what is
// really there.
type Really struct {
	Diagnostics lang.Diagnostics
	Facts       []string // what is as it should be, a line each
}

// onlineTimeout is how long each question to something over the network may take.
const onlineTimeout = 15 * time.Second

// Online asks the site's executors about each model of the flows and for its image,
// registries for the images that they lack, and destinations whether they answer. It
// starts no task and sends no object.
func Online(ctx context.Context, site *config.Site, flows []*flowfile.Loaded) (*Really, error) {
	o, err := begin(site)
	if err != nil {
		return nil, err
	}
	defer o.end()
	o.ask = o.askAboutTask

	var asked errgroup.Group
	asked.SetLimit(8)
	asked.Go(func() error { return o.askExecutors(ctx, flows) })
	for to, places := range destinationsOf(site, flows) {
		asked.Go(func() error { o.destination(ctx, to, places); return nil })
	}
	if err := asked.Wait(); err != nil {
		return nil, err
	}
	o.found.Diagnostics.Sort()
	slices.Sort(o.found.Facts)
	return &o.found, nil
}

// begin makes a folder for what executors are told of their site.
func begin(site *config.Site) (*online, error) {
	dir, err := os.MkdirTemp("", "raddeploy-validate-")
	if err != nil {
		return nil, err
	}
	statics := site.StaticDir
	if statics != "" { // executors know no working directory
		if statics, err = filepath.Abs(statics); err != nil {
			return nil, errors.Join(err, os.RemoveAll(dir))
		}
	}
	host := fleet.Host{Identity: "validate", DataDir: dir, StaticDir: statics, PluginDir: site.PluginDir, Logger: hclog.NewNullLogger()}
	return &online{site: site, host: host, dir: dir, images: make(map[string]*imageUse)}, nil
}

func (o *online) end() { _ = os.RemoveAll(o.dir) } // it is empty but for folders

// online gathers what is found. Its questions are asked at the same time.
type online struct {
	site      *config.Site
	host      fleet.Host
	dir       string
	executors []*fleet.Executor // those that work
	offers    []plan.Executor   // of all
	// ask says what is wrong with a model on an executor.
	ask func(ctx context.Context, l *flowfile.Loaded, index int, e *fleet.Executor) (sdk.Diagnostics, error)
	// images has each image of the flows, but those that no executor uses.
	images map[string]*imageUse

	mu    sync.Mutex
	found Really
}

func (o *online) fact(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.found.Facts = append(o.found.Facts, fmt.Sprintf(format, args...))
}

// say adds a diagnostic at each place, or at none in particular.
func (o *online) say(severity lang.Severity, places []lang.Range, hint, format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(places) == 0 {
		places = []lang.Range{{}}
	}
	for _, at := range places {
		o.found.Diagnostics = append(o.found.Diagnostics, lang.Diagnostic{Severity: severity, Range: at, Summary: fmt.Sprintf(format, args...), Hint: hint})
	}
}

func (o *online) add(found lang.Diagnostics) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.found.Diagnostics = append(o.found.Diagnostics, found...)
}

// askExecutors launches the site's executors and asks those that work about
// every model that they may be given, and then for the images.
func (o *online) askExecutors(ctx context.Context, flows []*flowfile.Loaded) error {
	configured := o.site.Executors
	if len(configured) == 0 {
		found, err := o.host.Detect(ctx, o.site)
		if err != nil {
			o.say(lang.Error, nil, problem.Advice(err), "%s", problem.Reason(err))
			o.findImages(ctx)
			return nil
		}
		configured = []config.Executor{found}
	}
	ctx, stop := context.WithCancel(ctx)
	var running errgroup.Group
	defer func() {
		stop()
		_ = running.Wait()
	}()
	for _, c := range configured {
		e, err := o.host.Open(c)
		if err != nil {
			o.say(lang.Error, []lang.Range{c.At}, "", "%v", err)
			o.offers = append(o.offers, fleet.OfferOf(c))
			continue
		}
		running.Go(func() error { return e.Run(ctx) })
		o.meet(ctx, e)
		o.offers = append(o.offers, e.Offer())
	}
	if err := o.models(ctx, flows); err != nil {
		return err
	}
	o.findImages(ctx)
	return nil
}

func (o *online) models(ctx context.Context, flows []*flowfile.Loaded) error {
	for _, l := range flows {
		for i, model := range l.Flow.Models {
			if err := o.model(ctx, l, i, model); err != nil {
				return err
			}
		}
	}
	return nil
}

// meet waits for an executor's health, and says what it is.
func (o *online) meet(ctx context.Context, e *fleet.Executor) {
	at := []lang.Range{e.Config().At}
	f := e.AwaitHealth(ctx)
	var placed *lang.DiagnosticsError
	switch {
	case f.Health == sdk.Healthy:
		o.executors = append(o.executors, e)
		o.fact("executor %s: %s", e.Instance(), f.Backend)
		for _, problem := range e.UnknownAllowed() {
			o.say(lang.Warning, at, "", "executor %s: %s", e.Instance(), problem)
		}
	case errors.As(e.Err(), &placed):
		o.add(placed.Diagnostics)
	default:
		o.say(lang.Error, at, "", "executor %s does not work now: %s", e.Instance(), e.Message())
	}
}

// model asks each executor that a model may run on. What one refuses and
// another one takes is only a warning.
func (o *online) model(ctx context.Context, l *flowfile.Loaded, index int, model flow.Model) error {
	type answer struct {
		executor *fleet.Executor
		found    sdk.Diagnostics
	}
	var answers []answer
	ask := plan.Ask{Executor: model.Executor, GPUs: model.GPUs}
	taken := false
	for _, e := range o.executors {
		offer := e.Offer()
		if plan.Fit(ask, &offer) == plan.No {
			continue
		}
		found, err := o.ask(ctx, l, index, e)
		if err != nil {
			return err
		}
		taken = taken || !found.Failed()
		answers = append(answers, answer{e, found})
	}
	// of those that work: the others are complained about by themselves
	found := len(o.site.Executors) == 0 && ask.Executor != "" // whether it is the one that is found is not known
	if _, misfit := plan.FitAny(ask, o.offers); misfit != nil && len(o.offers) > 0 && !found {
		o.say(lang.Error, []lang.Range{l.Locate("models", strconv.Itoa(index))}, misfit.Advice, "no executor could run it: %s", misfit.Reason)
	}
	// Where something takes the model, only that counts.
	var users []imageFinder
	for _, a := range answers {
		if (!taken || !a.found.Failed()) && !notUsed(a.found) {
			users = append(users, a.executor)
		}
	}
	if !taken || len(users) > 0 {
		o.use(l, index, users)
	}
	for _, a := range answers {
		for _, d := range a.found {
			severity := lang.Error
			if d.Warning || taken {
				severity = lang.Warning
			}
			at := l.Locate(append([]string{"models", strconv.Itoa(index)}, d.Path...)...)
			o.say(severity, []lang.Range{at}, d.Detail, "executor %s: %s", a.executor.Instance(), d.Summary)
		}
	}
	return nil
}

// askAboutTask asks an executor whether it would take the task of a model.
func (o *online) askAboutTask(ctx context.Context, l *flowfile.Loaded, index int, e *fleet.Executor) (sdk.Diagnostics, error) {
	options, found := e.CheckOptions(l.Flow.Models[index].Options)
	if found.Failed() {
		return found, nil
	}
	task, err := o.draft(l.Flow, index, e, options)
	if err != nil {
		return nil, err
	}
	complaints, err := e.ValidateTask(ctx, task)
	if err != nil {
		return nil, fmt.Errorf("executor %s: %w", e.Instance(), err)
	}
	return append(found, complaints...), nil
}

// draft is the task of a model, with empty folders to mount.
func (o *online) draft(f *flow.Flow, index int, e *fleet.Executor, options []byte) (*sdk.Task, error) {
	task, err := execute.Draft(f, index, o.dir, e.Draft(f.Models[index].GPUs), options)
	if err != nil {
		return nil, err
	}
	folders := []string{task.WorkDir}
	for _, mount := range task.Mounts {
		folders = append(folders, mount.Source)
	}
	for _, folder := range folders {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return nil, err
		}
	}
	return task, nil
}
