package rehearse

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/execute"
	"github.com/raddeploy/raddeploy/core/fleet"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/core/plugin"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/suggest"
)

// Offline holds a site and its flows against what is on this machine: whether the
// programs of its executors are there and know the settings and options that are given
// them, whether some executor could ever have the GPUs that a model wants, and whether
// static mounts are there. The programs are launched to ask what they are; none is
// configured, and no backend, registry or destination is asked.
func Offline(ctx context.Context, site *config.Site, flows []*flowfile.Loaded) (lang.Diagnostics, error) {
	o, err := begin(site)
	if err != nil {
		return nil, err
	}
	defer o.end()
	o.ask = func(_ context.Context, l *flowfile.Loaded, index int, e *fleet.Executor) (sdk.Diagnostics, error) {
		_, found := e.CheckOptions(l.Flow.Models[index].Options)
		return found, nil
	}
	for _, c := range site.Executors {
		o.describe(ctx, c)
	}
	o.offers = offersOf(site)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := o.models(ctx, flows); err != nil {
		return nil, err
	}
	o.statics(flows)
	o.found.Diagnostics.Sort()
	return o.found.Diagnostics, nil
}

// describe asks an executor's program what it is.
func (o *online) describe(ctx context.Context, c config.Executor) {
	at := []lang.Range{c.At}
	e, err := o.host.Open(c)
	if err == nil {
		err = e.Describe(ctx)
	}
	var placed *lang.DiagnosticsError
	switch {
	case errors.As(err, &placed):
		o.add(placed.Diagnostics)
	case err != nil:
		hint := suggest.DidYouMean(o.meant(c), problem.Advice(err))
		o.say(lang.Error, at, hint, "%s", problem.Reason(err))
		return
	}
	o.executors = append(o.executors, e)
	for _, unknown := range e.UnknownAllowed() {
		o.say(lang.Warning, at, "", "executor %s: %s", e.Instance(), unknown)
	}
}

// meant is the plugin that a block which names none probably means; "": none, or the
// program is there.
func (o *online) meant(c config.Executor) string {
	program, err := plugin.Find(o.host.PluginDir, c.Plugin)
	if err != nil || c.Path != "" {
		return ""
	}
	if _, err := os.Stat(program); err == nil {
		return ""
	}
	found, _ := filepath.Glob(filepath.Join(filepath.Dir(program), sdk.ProgramPrefix+"*"))
	var known []string
	for _, path := range found {
		known = append(known, strings.TrimPrefix(filepath.Base(path), sdk.ProgramPrefix))
	}
	return suggest.Nearest(c.Plugin, known)
}

// statics looks for what models mount. It may be put there later, so that its absence is
// no error yet.
func (o *online) statics(flows []*flowfile.Loaded) {
	for _, l := range flows {
		for i, model := range l.Flow.Models {
			for _, mount := range model.Statics {
				if err := execute.CheckStatic(o.site.StaticDir, mount.Name); err != nil {
					at := l.Locate("models", strconv.Itoa(i), "static_mounts", mount.Name)
					o.say(lang.Warning, []lang.Range{at}, "tasks fail until it is there: "+problem.Advice(err), "%s", problem.Reason(err))
				}
			}
		}
	}
}
