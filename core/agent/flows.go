package agent

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/lang"
)

// freshness is how often the flow files are looked at.
const freshness = time.Second

// flows are the flows that the site's files hold, and which of them take part.
type flows struct {
	catalog *flowfile.Catalog
	logger  hclog.Logger

	mu    sync.Mutex
	set   *flowfile.Set
	off   map[flow.ID]time.Time // those that somebody switched off, and since when
	shown string                // the diagnostics that were logged last
}

// newFlows reads the site's flows. Off are those that somebody switched off before.
func newFlows(site *config.Site, off map[flow.ID]time.Time, logger hclog.Logger) *flows {
	f := &flows{catalog: flowfile.NewCatalog(site.FlowDirs, FlowOptions(site)), off: off, logger: logger.Named("flows")}
	f.reload()
	return f
}

// Check complains about what a site asks for and this agent does not do.
func Check(site *config.Site) lang.Diagnostics {
	var d lang.Diagnostics
	if on := site.DICOM.Complete.On; on != "" && on != "association" {
		d.Errorf(lang.Range{}, "leave it out: an arrival is what one association brings", "dicom { complete { on = %q } } is not in this version", on)
	}
	return d
}

// FlowOptions is what flows are checked against at a site: the names that they
// may use, and the words that it allows.
func FlowOptions(site *config.Site) flowfile.Options {
	options := flowfile.Options{Allowed: allowed(site), Destinations: []string{}, Complete: []string{"association"}}
	// a site that names none uses what it finds, and no name is wrong
	for _, e := range site.Executors {
		options.Executors = append(options.Executors, e.Instance)
	}
	for _, d := range site.Destinations {
		options.Destinations = append(options.Destinations, d.Name)
	}
	return options
}

// allowed says which further container words flows may use: those that the
// executor's site configuration allows or, for a model that is not pinned to
// one, that any executor's does.
func allowed(site *config.Site) func(executor, word string) bool {
	return func(executor, word string) bool {
		return slices.ContainsFunc(site.Executors, func(e config.Executor) bool {
			return (executor == "" || executor == e.Instance) && slices.Contains(e.Allow, word)
		})
	}
}

// inForce returns the flows that arrivals are matched against.
func (f *flows) inForce() []*flowfile.Loaded {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(f.set.Flows), func(l *flowfile.Loaded) bool {
		_, off := f.off[l.Flow.ID()]
		return off || l.Flow.Mode == flow.Off
	})
}

// locate finds places in the file of a run's flow: of one of its models, as
// long as the file still says what it said when the run was created.
func (f *flows) locate(digest string, model int) func(path ...string) lang.Range {
	return func(path ...string) lang.Range {
		f.mu.Lock()
		set := f.set
		f.mu.Unlock()
		for _, l := range set.Flows {
			if l.Digest == digest {
				return l.Locate(append([]string{"models", strconv.Itoa(model)}, path...)...)
			}
		}
		return lang.Range{}
	}
}

// names returns the identities of all flows.
func (f *flows) names() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	names := []string{}
	for _, l := range f.set.Flows {
		names = append(names, l.Flow.ID().String())
	}
	return names
}

// reload reads what has changed, and reports what is wrong with it, once.
func (f *flows) reload() {
	set := f.catalog.Reload()
	var text strings.Builder
	for _, d := range set.Diagnostics {
		text.WriteString(d.String() + "\n")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.set = set
	if text.String() == f.shown {
		return
	}
	f.shown = text.String()
	for _, d := range set.Diagnostics {
		f.logger.Warn(d.String())
	}
}

func (a *Agent) watchFlows(ctx context.Context) error {
	for {
		select {
		case <-time.After(freshness):
			a.flows.reload()
		case <-ctx.Done():
			return nil
		}
	}
}
