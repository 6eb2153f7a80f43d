package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/lang"
)

// switchFlow has a flow take part or not, from the next arrival on. Runs in
// progress go on.
func (a *Agent) switchFlow(ctx context.Context, name string, on bool) (api.Flow, error) {
	found, err := a.flows.find(name)
	if err != nil {
		return api.Flow{}, err
	}
	id := found.Flow.ID()
	switch at := time.Now(); {
	case on && found.Flow.Mode == flow.Off:
		return api.Flow{}, &api.ConflictError{Message: fmt.Sprintf("flow %s is off in its own file: change its mode in %s", id, found.Path)}
	case on:
		if err = a.db.SwitchOn(ctx, id); err == nil {
			a.flows.note(func(off map[flow.ID]time.Time) { delete(off, id) })
		}
	default:
		if err = a.db.SwitchOff(ctx, id, at); err == nil {
			a.flows.note(func(off map[flow.ID]time.Time) { off[id] = at })
		}
	}
	if err != nil {
		return api.Flow{}, err
	}
	a.logger.Info("flow switched", "flow", id.Name, "version", id.Version, "on", on)
	return a.showFlow(name)
}

func (f *flows) note(change func(off map[flow.ID]time.Time)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f.off)
}

// find returns the flow that an identity (name@version) means, or a name that
// only one flow has.
func (f *flows) find(name string) (*flowfile.Loaded, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var named []*flowfile.Loaded
	for _, l := range f.set.Flows {
		if l.Flow.ID().String() == name {
			return l, nil
		}
		if l.Flow.Name == name {
			named = append(named, l)
		}
	}
	switch len(named) {
	case 0:
		return nil, fmt.Errorf("flow %q: %w: see `raddeploy flow list`", name, api.ErrNotFound)
	case 1:
		return named[0], nil
	}
	return nil, &api.ConflictError{Message: fmt.Sprintf("flow %q has %d versions: name one of them as NAME@VERSION", name, len(named))}
}

// showFlow is one flow with its definition.
func (a *Agent) showFlow(name string) (api.Flow, error) {
	l, err := a.flows.find(name)
	if err != nil {
		return api.Flow{}, err
	}
	a.flows.mu.Lock()
	defer a.flows.mu.Unlock()
	shown := a.flows.show(l)
	shown.Definition = json.RawMessage(l.Encoded)
	return shown, nil
}

// showFlows lists the flows, and the files that hold none because they are broken.
func (a *Agent) showFlows() []api.Flow {
	f := a.flows
	f.mu.Lock()
	defer f.mu.Unlock()
	shown := []api.Flow{}
	held := make(map[string]bool)
	for _, l := range f.set.Flows {
		shown = append(shown, f.show(l))
		held[l.Path] = true
	}
	for _, d := range f.set.Diagnostics {
		if path := fileOf(d); d.Severity == lang.Error && !held[path] {
			held[path] = true
			shown = append(shown, api.Flow{ID: path, State: api.FlowBroken, File: path, Problems: f.problems(path)})
		}
	}
	return shown
}

// show is called with f locked.
func (f *flows) show(l *flowfile.Loaded) api.Flow {
	id := l.Flow.ID()
	state := string(l.Flow.Mode)
	if state == "" {
		state = string(flow.Live)
	}
	shown := api.Flow{ID: id.String(), Name: id.Name, Version: id.Version, Priority: l.Flow.Priority, File: l.Path, Digest: l.Digest, Stale: l.Stale,
		Models: modelNames(l.Flow), Owner: l.Flow.Owner, Problems: f.problems(l.Path)}
	if since, off := f.off[id]; off {
		state = api.FlowDisabled
		shown.DisabledSince = &since
	}
	shown.State = state
	return shown
}

// problems lists what is wrong with a file, a line each. It is called with f
// locked.
func (f *flows) problems(path string) (lines []string) {
	for _, d := range f.set.Diagnostics {
		if fileOf(d) == path {
			lines = append(lines, d.String())
		}
	}
	return lines
}

// broken lists the errors in flow files, a line each.
func (f *flows) broken() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	lines := []string{}
	for _, d := range f.set.Diagnostics {
		if d.Severity == lang.Error {
			lines = append(lines, d.String())
		}
	}
	return lines
}

func fileOf(d lang.Diagnostic) string {
	if d.Range.Source == nil {
		return ""
	}
	return d.Range.Source.Name
}
